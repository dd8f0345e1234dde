import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorCodes } from '../../../lib/errors.ts'

test('README.md explains every error code, in this order, and none that is not there', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, section = ''] = readme.split('## When something is wrong')
  const explained = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code)
  assert.deepEqual(explained, [...errorCodes])
})
