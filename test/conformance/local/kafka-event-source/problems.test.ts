/**
 * What `serverless offline` prints when a mapping cannot read its topic: each message names the cause and what to do. Each
 * mapping of one service has a problem of its own, with real brokers and a real member of its group.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Kafka from '@confluentinc/kafka-javascript'
import { freePort } from '../../../../local/programs/ports.ts'
import { setCodecOfLastBatch } from '../../../harness/damaged-batch.ts'
import { createTopic, newTopic } from '../../../harness/event-source.ts'
import { foreignFiles, serverless } from '../../../harness/foreign-service.ts'
import { startOwnKafka } from '../../../harness/kafka.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { produce } from '../../../harness/produce.ts'
import { VersionProxy } from '../../../harness/version-proxy.ts'
import { waitFor } from '../../../harness/wait-for.ts'

/** Newest versions of Apache Kafka 0.11: Produce, Fetch, ListOffsets, Metadata, JoinGroup. */
const kafka011 = { 0: 3, 1: 5, 2: 2, 3: 4, 11: 2 }

type Topic = { readonly brokers: string; readonly topic: string }

const service = async (topics: Readonly<Record<string, Topic>>) => `service: foreign
frameworkVersion: '4'
provider: { name: aws, runtime: nodejs20.x, timeout: 60 }
plugins: [serverless-offline-kafka-event-source, serverless-offline]
custom:
  serverless-offline: { httpPort: ${await freePort()}, lambdaPort: ${await freePort()}, noSponsor: true }
  kafkaEventSource: { consumerGroupIds: deployed, createTopics: true }
functions:
${Object.entries(topics)
  .map(
    ([name, { brokers, topic }]) => `  ${name}:
    handler: handler.handler
    events:
      - kafka:
          accessConfigurations: { vpcSubnet: subnet-0, vpcSecurityGroup: sg-0 }
          bootstrapServers: ['${brokers}']
          topic: ${topic}
          consumerGroupId: ${topic}.${name}`,
  )
  .join('\n')}
`

test('names the cause and what to do: advertised listener, old broker, other assignor, unreadable batch', {
  skip: withoutKcat,
  timeout: 900_000,
}, async (t) => {
  const advertised = await startOwnKafka({
    properties: { 'advertised.listeners': 'PLAINTEXT://kafka.invalid:9092' },
  })
  const shared = await newTopic()
  const proxy = new VersionProxy(kafka011)
  t.after(() => proxy.close())
  const old = { brokers: `127.0.0.1:${await proxy.listen()}`, topic: shared.topic }
  proxy.leadTo(Number(shared.brokers.split(':')[1]))
  const damaged = await newDamagedTopic()
  const leave = await joinCooperatively(shared)
  t.after(leave)

  const folder = foreignFiles({
    'package.json': '{"private":true}',
    'serverless.yml': await service({
      advertised: { brokers: advertised.brokers, topic: 'lines' },
      old,
      assignor: shared,
      unreadable: damaged,
    }),
    'handler.js': 'exports.handler = async () => {}',
  })
  const { child, output, exited } = serverless(t, folder, ['offline', 'start'])
  const { brokers } = advertised
  const advice: readonly RegExp[] = [
    line(
      `advertised ← lines: the advertised listener kafka.invalid:9092 of the cluster at ${brokers} cannot be resolved. ` +
        'Set advertised.listeners of the broker to an address that this machine resolves, or add the host name to the hosts file of this machine. Retrying.',
    ),
    line(
      `old ← ${shared.topic}: the broker at ${old.brokers} supports Metadata in versions 0 to 4, but this client needs a version from 5 to 12. ` +
        'Use Apache Kafka 2.1 to 4.x, or a broker that supports the same requests. ' +
        'Upgrade the broker, or set custom.kafkaEventSource.brokers to a newer one. Retrying.',
    ),
    line(
      `assignor ← ${shared.topic}: the group ${shared.topic}.assignor has members that support neither of the partition assignors range and roundrobin. ` +
        'Add range to their partition.assignment.strategy, stop them, or set another group in custom.kafkaEventSource.consumerGroupIds. Retrying.',
    ),
    /^unreadable ← damaged: the record batch of damaged\[0\] at offset 1 cannot be read: gzip.*\. The mapping stops reading this partition here\. To skip the batch, stop this process and set the offset of the group damaged\.unreadable past it\.$/gm,
  ]
  const delivered = /^unreadable ← damaged\[0\] 0 \(1\) ok \d+ ms$/m
  await waitFor(output, {
    within: 300_000,
    until: (text) => advice.every((each) => text.search(each) >= 0) && delivered.test(text),
  })
  for (const each of advice) assert.equal(output().match(each)?.length, 1, `printed once: ${each.source}`)

  await leave()
  await waitFor(output, {
    within: 300_000,
    until: (text) => text.includes(`assignor ← ${shared.topic}[0]: reading`),
  })
  child.kill('SIGINT')
  assert.equal(await exited, 0, output())
})

/** Matches this line of the output. */
function line(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.[\]]/g, '\\$&')}$`, 'gm')
}

/** A topic whose second record is in a batch that cannot be decoded. */
async function newDamagedTopic(): Promise<Topic> {
  const dataDir = join(temporaryFolder(), 'kafka')
  const { brokers } = await startOwnKafka({ dataDir })
  const topic = { brokers, topic: 'damaged' }
  await createTopic(brokers, topic.topic, 1)
  await produce(topic, ['readable'])
  await produce(topic, ['not readable'])
  setCodecOfLastBatch(join(dataDir, 'log', 'damaged-0', '00000000000000000000.log'), 1)
  return topic
}

/** Joins the group of `assignor` as a member with the cooperative-sticky assignor only. @returns a function that leaves it */
async function joinCooperatively({ brokers, topic }: Topic): Promise<() => Promise<void>> {
  const consumer = new Kafka.KafkaConsumer(
    {
      'bootstrap.servers': brokers,
      'group.id': `${topic}.assignor`,
      'partition.assignment.strategy': 'cooperative-sticky',
    },
    {},
  )
  await new Promise<void>((resolve, reject) => {
    consumer.connect({}, (error) => (error ? reject(error) : resolve()))
  })
  consumer.subscribe([topic])
  consumer.consume()
  await waitFor(() => consumer.assignments().length > 0, { within: 60_000 })
  let leaving: Promise<void> | undefined
  return () => {
    leaving ??= new Promise((resolve) => consumer.disconnect(() => resolve()))
    return leaving
  }
}
