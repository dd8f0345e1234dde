import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../../kafka/consumer/log-reader.ts'
import { ScriptedBroker } from '../scripted-broker.ts'

// Redpanda before 23.3 can compact the last transaction marker of a log away (redpanda-data/redpanda#8698).
test('fails when the broker returns no records before the end of the log', { timeout: 60_000 }, async (t) => {
  const broker = await ScriptedBroker.start({
    handlers: {
      Fetch: (_request, response) => {
        response.int32(0).int16(0).int32(0)
        response.array(['t'], (name) =>
          response.string(name).array([0], (partition) => {
            response.int32(partition).int16(0).int64(92).int64(92).int64(0)
            response.array(null).bytes(Buffer.alloc(0))
          }),
        )
      },
    },
  })
  broker.topics.push({ name: 't' })
  const cluster = new Cluster({ brokers: [broker.address] })
  t.after(() => cluster.close())
  const read = new LogReader(cluster, 'read_committed', 100).readPartition('t', 0, 91, () => undefined)
  await assert.rejects(read, {
    code: 'KAFKA_UNAVAILABLE',
    message: 'Reading t[0] failed: partition 0 does not end at offset 91, but no record follows.',
  })
})
