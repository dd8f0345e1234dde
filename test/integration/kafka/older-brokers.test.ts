/** The path from a book to its counts, with brokers that support only older versions of requests. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { currentKafka } from '../../clusters/older-kafka.ts'
import { TestedCluster } from '../../clusters/tested-cluster.ts'
import { withoutJavac } from '../../harness/broker-plugins.ts'
import { kafka21Versions, redpandaVersions } from '../../harness/version-proxy.ts'
import { wholePath } from '../../harness/whole-path.ts'

describe('a broker without topic ids, whose requests have older versions', { skip: withoutJavac }, () => {
  for (const [name, newest] of [
    ['Redpanda', redpandaVersions],
    ['Apache Kafka 2.1', kafka21Versions],
  ] as const) {
    it(`ingests, delivers and counts exactly: ${name}`, async (t) => {
      const cluster = await TestedCluster.start({ kafka: currentKafka, newest })
      t.after(() => cluster.stop())
      await wholePath(t, cluster.environment('plaintext').BROKERS!)
      assert.deepEqual(cluster.violations, [])
    })
  }
})
