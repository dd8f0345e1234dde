import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Admin } from '../../../../lib/kafka/admin.ts'
import { ensureTopics } from '../../../../lib/kafka/ensure-topics.ts'
import { LogReader } from '../../../../lib/kafka/log-reader.ts'
import { LogWriter } from '../../../faults/log-writer.ts'
import { startKafka } from '../../../harness/kafka.ts'
import { uniqueUserid } from '../../../harness/names.ts'

test('a reader that comes to the end while lines arrive reads each of them once', async (t) => {
  const { brokers } = await startKafka()
  const config = { brokers: [brokers] }
  const topic = uniqueUserid()
  const admin = new Admin(config)
  await ensureTopics(admin, [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
  admin.close()
  const writer = await LogWriter.open(brokers)
  const reader = new LogReader(config, 'read_uncommitted')
  t.after(() => Promise.all([writer.close(), reader.close()]))

  const line = { book: Buffer.from('a'), value: Buffer.from('a line'), header: undefined }
  const writing = (async () => {
    for (let i = 0; i < 150; i++) {
      await writer.write(topic, [line])
      await delay(i % 12)
    }
  })()
  const offsets: number[] = []
  for (let next = 0; next < 150; ) {
    const stretch = await reader.read(topic, 0, next, 10_000)
    offsets.push(...stretch.records.map(({ offset }) => offset))
    next = stretch.next
  }
  await writing
  assert.deepEqual(
    offsets,
    Array.from({ length: 150 }, (_, i) => i),
  )
})
