/** The jars of other versions of Apache Kafka, which only `npm run test:clusters` fetches. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchJars, runMaven } from '../../local/bootstrap/jars.mjs'
import { kafkaClassPath } from '../../local/programs/jars.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pom = fileURLToPath(new URL('pom.xml', import.meta.url))
const logging = join(root, 'local/kafka/log4j2.properties')

/** The version of the project's pom.xml, which `npm start` runs. */
export const currentKafka = /<kafka\.version>([^<]+)</.exec(readFileSync(join(root, 'pom.xml'), 'utf8'))![1]!

/** Class path and logging options of a version's Java programs. Fetches its jars unless they exist. */
export async function kafkaOf(version: string): Promise<{
  readonly classPath: string
  readonly logging: readonly string[]
}> {
  if (version === currentKafka) {
    await fetchJars()
    return { classPath: kafkaClassPath(), logging: [`-Dlog4j2.configurationFile=${logging}`] }
  }
  const pomHash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const folder = join(root, '.build', 'clusters', `kafka-${version}-${pomHash}`)
  if (!existsSync(folder)) fetchVersion(version, folder)
  return { classPath: join(folder, '*'), logging: ['-Dorg.slf4j.simpleLogger.showDateTime=true'] }
}

/** @throws {Error} with Maven's output */
function fetchVersion(version: string, folder: string): void {
  const incomplete = `${folder}.${process.pid}`
  const failure = runMaven(pom, incomplete, `-Dkafka.version=${version}`)
  if (failure !== undefined) throw new Error(failure)
  renameSync(incomplete, folder)
}
