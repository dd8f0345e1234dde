import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compiled, watFiles } from '../harness/compile-wasm.ts'

for (const file of watFiles) {
  test(`the compiled module matches its source: ${file}`, async () => {
    const { path, text } = await compiled(file)
    assert.equal(readFileSync(path, 'utf8'), text)
  })
}
