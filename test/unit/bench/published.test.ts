import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { published, publishedFiles, readResults, withSection } from '../../../bench/report/publish.ts'

for (const file of publishedFiles) {
  test(`quotes the figures of bench/results.json: ${file}`, () => {
    const text = readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8')
    assert.equal(text, published(file, text, readResults()))
  })
}

test('replaces only the section of a name', () => {
  const page = (body: string) =>
    `a\n<!-- one: written by npm run bench -->\n\n${body}\n\n<!-- end -->\nb\n<!-- end -->`
  assert.equal(withSection(page('old'), 'one', 'new'), page('new'))
  assert.throws(
    () => withSection(page('old'), 'two', 'new'),
    /must contain "<!-- two: written by npm run bench -->"/,
  )
})
