import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '../../../../deploy/packaging/bundle.ts'
import { temporaryFolder } from '../../../harness/names.ts'

test('bundles a handler and its imports into one file', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'lines.ts'), 'export const lines: number = 7')
  writeFileSync(
    join(folder, 'fn.ts'),
    `import { lines } from './lines.ts'
     export const handler = () => lines`,
  )
  const { path, text } = await bundle(folder, 'fn.handler')
  assert.equal(path, 'fn.js')
  assert.doesNotMatch(Buffer.from(text).toString(), /lines\.ts|require\(/)
})

test('rejects a bundle that is too large', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'fn.ts'), `export const handler = () => '${'x'.repeat(1024 * 1024)}'`)
  await assert.rejects(bundle(folder, 'fn.handler'), { code: 'CONFIG_INVALID', message: /fn\.handler/ })
})
