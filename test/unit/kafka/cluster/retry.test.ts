import assert from 'node:assert/strict'
import { it } from 'node:test'
import { retry } from '../../../../kafka/cluster/retry.ts'

it('ends in time although the clock is set back', { timeout: 5_000 }, async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const options = { firstBackoffMs: 10, maxBackoffMs: 10, timeoutMs: 50, mayRetry: () => true }
  const work = async () => {
    t.mock.timers.setTime(500_000)
    throw new Error('failed')
  }
  await assert.rejects(retry(work, options), /failed/)
})
