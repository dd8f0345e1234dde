import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signalHandler } from '../../../../local/terminal/interrupts.ts'

test('handles the two signals of one Ctrl-C under npm as one', () => {
  const calls: string[] = []
  let now = 1_000
  const handler = signalHandler(
    { first: () => calls.push('first'), again: () => calls.push('again') },
    () => now,
  )
  handler()
  now += 20
  handler()
  assert.deepEqual(calls, ['first'])
  now += 1_000
  handler()
  assert.deepEqual(calls, ['first', 'again'])
})
