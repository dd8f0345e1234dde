import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A unique user id, so that tests on one broker never share topics. */
export function uniqueUserid(): string {
  return `t${randomBytes(6).toString('hex')}`
}

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

/** A folder for one test, which is removed when the test's process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'book-counts-'))
  folders.push(folder)
  return folder
}
