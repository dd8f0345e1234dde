import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStart } from '../../../../../cli/commands/consume/start.ts'

test('parses an offset, a distance from the end, or a time', () => {
  assert.deepEqual(parseStart('10'), { kind: 'offset', offset: 10 })
  assert.deepEqual(parseStart('-3'), { kind: 'before end', count: 3 })
  assert.deepEqual(parseStart('beginning'), { kind: 'beginning' })
  assert.deepEqual(parseStart('end'), { kind: 'end' })
  assert.deepEqual(parseStart('@1700000000000'), { kind: 'time', ms: 1_700_000_000_000 })
  const ms = Date.UTC(2026, 10, 25, 10)
  assert.deepEqual(parseStart('2026-11-25T10:00Z'), { kind: 'time', ms })
  assert.deepEqual(parseStart('2026-11-25T12:00+02:00'), { kind: 'time', ms })
})

test('rejects any other value', () => {
  const times = ['2026-02-30', '2026-11-25 foo', '2026-11-25T10', '@1e3', '25/11/2026']
  for (const text of [...times, '', 'now', '1.5', '--1', '@', '2026-13-45', '10 ', 'yesterday']) {
    assert.throws(() => parseStart(text), { code: 'USAGE' }, text)
  }
})
