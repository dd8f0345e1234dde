import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * Returns the file of `serverless-offline` or `serverless-offline/lambda`, from the service's installation if it
 * has one.
 * @throws MODULE_NOT_FOUND
 */
export function resolveOffline(serviceDir: string, name = 'serverless-offline'): string {
  try {
    return createRequire(join(serviceDir, 'package.json')).resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    return createRequire(import.meta.url).resolve(name)
  }
}
