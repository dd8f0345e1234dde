import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorCodes } from '../../../lib/errors.ts'
import { root, sourceFiles } from '../source/source-files.ts'

test('every error code is thrown somewhere', () => {
  const product = sourceFiles().filter((file) => !/^(test|bench|web)\/|^lib\/errors\.ts$/.test(file))
  const source = product.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  assert.deepEqual(
    errorCodes.filter((code) => !source.includes(`'${code}'`)),
    [],
  )
})
