import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { hasJars, jarFolders } from '../bootstrap/jars.mjs'

/** @throws PREREQUISITE_MISSING when the bootstrap has not fetched the jars */
function folders(): { kafka: string; s3proxy: string } {
  if (!hasJars()) {
    throw new AppError(
      'PREREQUISITE_MISSING',
      'The jars of Kafka and S3Proxy are missing. Run "npm start", which downloads them.',
    )
  }
  return jarFolders()
}

export function kafkaClassPath(): string {
  return join(folders().kafka, '*')
}

export function s3ProxyJar(): string {
  return join(folders().s3proxy, 's3proxy-jar-with-dependencies.jar')
}
