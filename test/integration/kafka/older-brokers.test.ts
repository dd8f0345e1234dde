/** Brokers that stop at older versions of requests than Apache Kafka's newest: the whole path from a book to its counts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freePort } from '../../../local/programs/ports.ts'
import { startOwnKafka } from '../../harness/kafka.ts'
import { VersionProxy } from '../../harness/version-proxy.ts'
import { wholePath } from '../../harness/whole-path.ts'

/** By key of the request: Produce, Fetch, ListOffsets, Metadata, OffsetFetch, FindCoordinator, CreateTopics. */
const redpanda = { 0: 7, 1: 10, 2: 4, 3: 8, 9: 4, 10: 2, 19: 3 }
/** Of Apache Kafka 2.1, for all requests that this product sends. */
const kafka21 = {
  ...{ 0: 7, 1: 10, 2: 4, 3: 7, 8: 6, 9: 5, 10: 2, 11: 3, 12: 2, 13: 2, 14: 2, 15: 2 },
  ...{ 17: 1, 19: 3, 20: 3, 22: 1, 24: 1, 26: 1, 32: 2, 35: 1, 36: 0 },
}

describe('a broker without topic ids, whose requests have older versions', () => {
  for (const [name, newest] of [
    ['Redpanda', redpanda],
    ['Apache Kafka 2.1', kafka21],
  ] as const) {
    it(`ingests, delivers and counts exactly: ${name}`, async (t) => {
      const proxy = new VersionProxy(newest)
      t.after(() => proxy.close())
      const address = `127.0.0.1:${await proxy.listen()}`
      const port = await freePort()
      proxy.leadTo(port)
      await startOwnKafka({ port, properties: { 'advertised.listeners': `PLAINTEXT://${address}` } })
      await wholePath(t, address)
      assert.deepEqual(proxy.violations, [])
    })
  }
})
