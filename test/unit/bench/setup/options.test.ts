import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from '../../../../bench/setup/options.ts'
import { scripts } from '../../../../local/bootstrap/scripts.mjs'

test('the usage text lists every measurement, in order, and the defaults', () => {
  const { measurements, rounds, lines, books } = readOptions([])
  const text = scripts.bench.usage.replace(/\s+/g, ' ')
  assert.ok(text.includes(`only these measurements of ${measurements.join(', ')} --`))
  for (const [name, value] of Object.entries({ rounds, lines, books }))
    assert.match(text, new RegExp(`--${name} N number of ${name} \\(default: ${value}\\)`))
})

test('rejects an unknown measurement and an invalid number', () => {
  for (const args of [
    ['--only', 'ingest,nonsense'],
    ['--rounds', '0'],
  ])
    assert.throws(() => readOptions(args), { code: 'USAGE', message: /--help' for usage\.$/ })
})
