import assert from 'node:assert/strict'
import { test } from 'node:test'
import { root, sourceFiles } from './source-files.ts'
import { typeDeclarations } from './type-names.ts'

test('declares each type name in one file', () => {
  const files = sourceFiles().filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const repeated = [...typeDeclarations(root, files)].filter(([, declaring]) => declaring.length > 1)
  assert.deepEqual(Object.fromEntries(repeated), {})
})
