import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fullFileSystemOf } from '../../../../local/bootstrap/full-disk.mjs'
import { failed } from '../../../../local/programs/child-process.ts'
import { temporaryFolder } from '../../../harness/names.ts'

test('a full file system is reported for each path below it, whether the path exists or not', () => {
  const folder = temporaryFolder()
  const full = () => ({ bavail: 3, bsize: 4096 })
  assert.match(fullFileSystemOf(folder, full)!, /^No space left on device \(/)
  const missing = (path: string) => {
    if (!existsSync(path)) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return full()
  }
  assert.match(fullFileSystemOf(join(folder, 'a', 'b'), missing)!, /^No space left on device/)
  assert.equal(
    fullFileSystemOf(folder, () => ({ bavail: 1_000_000, bsize: 4096 })),
    undefined,
  )
})

test('a full file system is reported as the reason why a program ended', (t) => {
  // A file system that never has free space.
  const logFile = '/proc/version'
  if (!existsSync(logFile)) return t.skip('there is no /proc')
  const { message } = failed({ name: 'Kafka', logFile }, 'exited unexpectedly (exit code 1)')
  assert.match(
    message,
    /^Kafka exited unexpectedly \(exit code 1\)\. No space left on device .*The end of its log/,
  )
})
