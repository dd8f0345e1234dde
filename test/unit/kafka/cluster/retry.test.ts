import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { isSafelyRetriable, retry } from '../../../../kafka/cluster/retry.ts'

it('ends in time although the clock is set back', { timeout: 5_000 }, async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const options = { firstBackoffMs: 10, maxBackoffMs: 10, timeoutMs: 50, mayRetry: () => true }
  const work = async () => {
    t.mock.timers.setTime(500_000)
    throw new Error('failed')
  }
  await assert.rejects(retry(work, options), /failed/)
})

for (const mayRetry of [undefined, isSafelyRetriable]) {
  it(`does not retry with a closed client, ${mayRetry?.name ?? 'by default'}`, async () => {
    const cluster = new Cluster({ brokers: ['localhost:9092'] })
    cluster.close()
    let attempts = 0
    const work = () => {
      attempts++
      return cluster.metadata([])
    }
    const options = { firstBackoffMs: 1, maxBackoffMs: 1, timeoutMs: 1_000, ...(mayRetry && { mayRetry }) }
    await assert.rejects(retry(work, options), /this client is closed/)
    assert.equal(attempts, 1)
  })
}
