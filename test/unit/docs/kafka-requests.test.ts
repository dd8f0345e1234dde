import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const declaration = /key: (\d+), name: '(\w+)', min: (\d+), max: (\d+)/g

test('kafka/README.md lists every request with its key and versions', () => {
  const declared = readdirSync('kafka/protocol').flatMap((file) =>
    [...readFileSync(`kafka/protocol/${file}`, 'utf8').matchAll(declaration)].map(
      ([, key, name, min, max]) => `${name} ${key} ${min === max ? min : `${min}–${max}`}`,
    ),
  )
  assert.deepEqual(documented().sort(), declared.sort())
})

/** A row can describe several requests, separated by commas. Their versions are given once if they are equal. */
function documented(): string[] {
  const [, table = ''] = readFileSync('kafka/README.md', 'utf8').split('\n| request ')
  return table
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .flatMap((row) => {
      const [names, keys, versions] = row
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim().split(', '))
      return names!.map((name, i) => `${name} ${keys![i]} ${versions![i] ?? versions![0]}`)
    })
}
