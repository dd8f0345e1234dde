import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

const minFreeBytes = 1024 * 1024

/**
 * @param {string} path need not exist
 * @param {(path: string) => { bavail: number, bsize: number }} statfs
 * @returns {string | undefined} a message if full
 */
export function fullFileSystemOf(path, statfs = statfsSync) {
  try {
    const { bavail, bsize } = statfs(path)
    return bavail * bsize < minFreeBytes ? `No space left on device (${path}).` : undefined
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing && dirname(path) !== path ? fullFileSystemOf(dirname(path), statfs) : undefined
  }
}
