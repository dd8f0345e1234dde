import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import type { ZippedFile } from './zip.ts'

/**
 * Returns the files that the function reads at runtime (`package.patterns`).
 * @throws CONFIG_INVALID for any pattern but `FOLDER/*`
 */
export function filesOf(
  serviceDir: string,
  functionKey: string,
  patterns: readonly string[] = [],
): ZippedFile[] {
  return patterns.flatMap((pattern) => {
    const folder = /^([^*!]+)\/\*$/.exec(pattern)?.[1]
    if (folder === undefined) {
      throw new AppError(
        'CONFIG_INVALID',
        `package.patterns of function "${functionKey}" has "${pattern}"; only patterns such as "FOLDER/*" are supported.`,
      )
    }
    return readdirSync(join(serviceDir, folder))
      .sort()
      .map((name) => ({
        path: posix.join(folder, name),
        bytes: readFileSync(join(serviceDir, folder, name)),
      }))
  })
}
