import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../../books/cluster.ts'
import { ensureTopics } from '../../../books/ensure-topics.ts'
import { Admin } from '../../../kafka/admin.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { LogWriter } from '../../faults/log-writer.ts'
import { startKafka } from '../../harness/kafka.ts'
import { uniqueUserid } from '../../harness/names.ts'

test('a reader that reaches the end while lines arrive reads each line once', async (t) => {
  const { brokers } = await startKafka()
  const cluster = openCluster({ brokers: [brokers] })
  const topic = uniqueUserid()
  await ensureTopics(new Admin(cluster), [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
  const writer = await LogWriter.open(brokers)
  const reader = new LogReader(cluster, 'read_uncommitted')
  t.after(() => Promise.all([writer.close(), cluster.close()]))

  const line = { book: Buffer.from('a'), value: Buffer.from('a line'), header: undefined }
  const writing = (async () => {
    for (let i = 0; i < 150; i++) {
      await writer.write(topic, [line])
      await delay(i % 12)
    }
  })()
  const offsets: number[] = []
  for (let next = 0; next < 150; ) {
    const position = await reader.readPartition(topic, 0, next, ({ offset }) => offsets.push(offset))
    next = position.next
  }
  await writing
  assert.deepEqual(
    offsets,
    Array.from({ length: 150 }, (_, i) => i),
  )
})
