import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const page = new URL('../../../docs/guarantees.md', import.meta.url)

test('every test in docs/guarantees.md exists', () => {
  const named = [
    ...readFileSync(page, 'utf8').matchAll(/\]\((\.\.\/test\/[^)]+\.test\.ts)\): ((?:`[^`]+`(?:, )?)+)/g),
  ]
  assert.ok(named.length > 10)
  for (const [, file, titles] of named) {
    const source = readFileSync(new URL(file!, page), 'utf8')
    for (const [, title] of titles!.matchAll(/`([^`]+)`/g))
      assert.ok(source.includes(title!), `${file}: ${title}`)
  }
})
