/** Each reader of this repository reads every codec, as other clients and brokers write it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import Kafka from '@confluentinc/kafka-javascript'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { fetchRequest } from '../../../kafka/protocol/fetch.ts'
import { readBatches } from '../../../kafka/records/batch-reader.ts'
import { codecName } from '../../../kafka/records/compression.ts'
import { apache } from '../../harness/apache.ts'
import { books } from '../../harness/books.ts'
import { setCodecOfLastBatch } from '../../harness/damaged-batch.ts'
import {
  createTopic,
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
} from '../../harness/event-source.ts'
import { startKafka, startOwnKafka } from '../../harness/kafka.ts'
import { withoutKcat } from '../../harness/kcat.ts'
import { temporaryFolder } from '../../harness/names.ts'
import { produce } from '../../harness/produce.ts'
import { python, withoutKafkaPythonCodec } from '../../harness/python.ts'
import { readRecords } from '../../harness/records.ts'
import { waitFor } from '../../harness/wait-for.ts'

type Topic = { readonly brokers: string; readonly topic: string }
type Codec = (typeof codecs)[number]

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const { brokers } = await startKafka()
const cluster = new Cluster({ brokers: [brokers] })
after(() => cluster.close())

/** Values that every producer compresses. */
const valuesOf = (peer: string) =>
  Array.from({ length: 100 }, (_, i) => `${'compressible '.repeat(9)}${peer} ${i}`)

const nativeClient = "librdkafka's Node.js client"

type Peer = {
  readonly name: string
  readonly without: (codec: Codec) => string | false
  readonly write: (topic: Topic, codec: Codec, values: readonly string[]) => Promise<void>
}

const peers: readonly Peer[] = [
  {
    name: "Java's console producer",
    without: () => false,
    write: async ({ topic }, codec, values) => {
      const args = ['--bootstrap-server', brokers, '--topic', topic, '--compression-codec', codec]
      await apache('console-producer', args, values.join('\n'))
    },
  },
  {
    name: 'kafka-python',
    without: withoutKafkaPythonCodec,
    write: async ({ topic }, codec, values) => {
      const program = `
import json, sys
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers=sys.argv[1], compression_type=sys.argv[3], linger_ms=100)
for value in json.loads(sys.argv[4]):
    producer.send(sys.argv[2], value=value.encode())
producer.flush()
producer.close()
`
      python(program, [brokers, topic, codec, JSON.stringify(values)])
    },
  },
  {
    name: nativeClient,
    without: () => false,
    write: async ({ topic }, codec, values) => {
      const producer = new Kafka.KafkaJS.Kafka({ kafkaJS: { brokers: [brokers] } }).producer({
        'compression.codec': codec,
        'linger.ms': 100,
      })
      await producer.connect()
      await producer.send({ topic, messages: values.map((value) => ({ value })) })
      await producer.disconnect()
    },
  },
  {
    name: "librdkafka's kcat",
    without: () => withoutKcat,
    write: (topic, codec, values) => produce(topic, values, 0, ['-z', codec, '-X', 'linger.ms=100']),
  },
]

/** A build of librdkafka has zstd only if its headers were installed; the build of kcat always has it. */
const isBuiltInto = (name: string, codec: Codec) =>
  name !== nativeClient || codec === 'gzip' || Kafka.features.includes(codec)

for (const codec of codecs) {
  for (const { name, without, write } of peers.filter((peer) => isBuiltInto(peer.name, codec))) {
    test(`reads ${codec} of ${name}`, { skip: without(codec) }, async (t) => {
      const topic = await newTopic()
      const values = valuesOf(name)
      await write(topic, codec, values)
      assert.deepEqual(await codecsOf(topic), [codec])
      await isReadByAll(t, topic, values)
    })
  }

  test(`reads records that the broker recompresses with ${codec}`, async (t) => {
    const topic = await newTopic({ configs: { 'compression.type': codec } })
    const values = valuesOf('broker')
    const producer = await Producer.open(cluster, topic.topic)
    const writer = producer.writer(Buffer.from('key'))
    for (const value of values) while (!writer.offer(Buffer.from(value))) await writer.room()
    await writer.acknowledged()
    assert.deepEqual(await codecsOf(topic), [codec])
    await isReadByAll(t, topic, values)
  })
}

/** The distinct codecs of the batches of partition 0 on the broker. */
async function codecsOf({ topic }: Topic): Promise<string[]> {
  const position = { topic, partition: 0, offset: 0, maxBytes: 1 << 24 }
  const limits = { isolation: 'read_committed', maxWaitMs: 1_000, maxBytes: 1 << 24 } as const
  const responses = await cluster.sendToLeaders(topic, [0], () => fetchRequest([position], limits))
  const [fetched] = responses.flat()
  return [...new Set([...readBatches(fetched!.records, topic)].map(({ codec }) => codecName(codec)))]
}

async function isReadByAll(
  t: Parameters<typeof startService>[0],
  topic: Topic,
  values: readonly string[],
): Promise<void> {
  const records = await readRecords(new LogReader(cluster, 'read_committed'), topic.topic, 0, 0)
  assert.deepEqual(
    records.map(({ value }) => String(value)),
    values,
    'LogReader',
  )

  const consumed = await books({ USERID: 'reader', BROKERS: brokers }, ...consumeAll(topic))
  assert.deepEqual(consumed.stdout.trimEnd().split('\n'), values, 'books consume')

  const { serviceDir, seenFile } = recordingService(
    'for (const record of recordsOf(event)) see(textOf(record))',
  )
  await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
  })
  const delivered = await waitFor(() => seen<string>(seenFile), {
    within: 60_000,
    until: ({ length }) => length === values.length,
  })
  assert.deepEqual(delivered, values, 'event source')
}

const consumeAll = ({ topic }: Topic) => ['consume', topic, '--exact', '--from-beginning', '--until-end']

test('reports an unreadable batch with its offset and codec, and reads other partitions', {
  skip: withoutKcat,
}, async (t) => {
  const dataDir = join(temporaryFolder(), 'kafka')
  const own = await startOwnKafka({ dataDir })
  const topic = { brokers: own.brokers, topic: 'damaged' }
  await createTopic(topic.brokers, topic.topic, 2)
  await produce(topic, ['readable'], 0)
  await produce(topic, ['not readable'], 0)
  await produce(topic, ['in the other partition'], 1)
  const place = /damaged\[0\] at offset 1 cannot be read: gzip/
  setCodecOfLastBatch(join(dataDir, 'log', 'damaged-0', '00000000000000000000.log'), 1)

  const ownCluster = new Cluster({ brokers: [topic.brokers] })
  t.after(() => ownCluster.close())
  const reader = new LogReader(ownCluster, 'read_committed')
  await assert.rejects(readRecords(reader, topic.topic, 0, 0), { code: 'RECORDS_UNREADABLE', message: place })
  assert.equal((await readRecords(reader, topic.topic, 1, 0)).length, 1)

  const consumed = await books({ USERID: 'reader', BROKERS: topic.brokers }, ...consumeAll(topic))
  assert.equal(consumed.stdout, 'readable\n')
  assert.match(consumed.stderr, place)
  assert.doesNotMatch(consumed.stderr, /^ +at /m, 'a sentence, no stack')
  assert.notEqual(consumed.code, 0)

  const { serviceDir, seenFile } = recordingService(
    'for (const record of recordsOf(event)) see(textOf(record))',
  )
  const { mapping, lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
  })
  const untilSeen = (...values: readonly string[]) =>
    waitFor(() => seen<string>(seenFile).toSorted(), {
      within: 60_000,
      until: (found) => found.join() === values.toSorted().join(),
    })
  await untilSeen('readable', 'in the other partition')
  await waitFor(() => lines.some((line) => place.test(line)), { within: 30_000 })
  assert.equal(mapping.counters.PollingErrorCount, 1)
  assert.equal(mapping.state, 'Enabled')
  await produce(topic, ['another one'], 1)
  await untilSeen('readable', 'in the other partition', 'another one')
  assert.equal(mapping.counters.PollingErrorCount, 1)
  await waitFor(() => place.test(mapping.lastProcessingResult), { within: 30_000 })
  assert.match(mapping.lastProcessingResult, /^PROBLEM: /)
})
