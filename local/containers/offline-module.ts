import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * Finds `serverless-offline` or `serverless-offline/lambda`. Prefers the service's installation.
 * @throws MODULE_NOT_FOUND when neither the service nor this package has it
 */
export function resolveOffline(serviceDir: string, name = 'serverless-offline'): string {
  try {
    return createRequire(join(serviceDir, 'package.json')).resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    return createRequire(import.meta.url).resolve(name)
  }
}
