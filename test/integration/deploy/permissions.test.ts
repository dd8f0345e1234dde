/**
 * Tests the roles' `kafka-cluster` actions. A broker that denies by default gives each function the
 * ACLs that match its actions (Amazon MSK developer guide, page `kafka-actions`), and the system runs with them.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { type Config, readConfig } from '../../../books/config.ts'
import { KafkaCluster } from '../../../books/count/kafka-cluster.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { type KafkaFunction, kafkaPermissions } from '../../../deploy/kafka-permissions.ts'
import { EventCounter } from '../../../functions/count/count-event.ts'
import { topicsResource } from '../../../functions/topics/topics-resource.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { TransactionalProducer } from '../../../kafka/producer/transactional-producer.ts'
import type { KafkaEvent } from '../../../lambda/kafka-event.ts'
import { silentLog } from '../../../lib/log.ts'
import { noMetrics } from '../../../lib/metrics.ts'
import { kafkaClassPath } from '../../../local/programs/jars.ts'
import { uniqueUserid } from '../../harness/names.ts'
import { readRecords } from '../../harness/records.ts'
import { startSecureKafka } from '../../harness/secure-kafka.ts'

/** Actions as Kafka's operations. Kafka requires no permission to connect. */
const operations: Readonly<Record<string, string | undefined>> = {
  Connect: undefined,
  DescribeClusterDynamicConfiguration: 'DescribeConfigs',
  WriteDataIdempotently: 'IdempotentWrite',
  DescribeTopic: 'Describe',
  CreateTopic: 'Create',
  ReadData: 'Read',
  WriteData: 'Write',
  DescribeGroup: 'Describe',
  AlterGroup: 'Read',
  DescribeTransactionalId: 'Describe',
  AlterTransactionalId: 'Write',
}

const users = ['ingest', 'count', 'counts', 'topics'] as const satisfies readonly KafkaFunction[]
const userid = uniqueUserid()
const kafka = await startSecureKafka({
  users,
  properties: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': false,
  },
})
for (const user of users) allowWhatItsRoleAllows(user)

const closing: { close(): void }[] = []
after(() => {
  for (const client of closing) client.close()
})

test('topics, ingest, count and counts work with the permissions of their own role', async () => {
  const create = { RequestType: 'Create', ResourceProperties: {} } as const
  const made = await topicsResource(create, configOf('topics'), new Admin(clusterOf('topics')))
  assert.match(String(made.data.created), /book-count-state/)

  const { topics } = configOf('ingest')
  const producer = await Producer.open(clusterOf('ingest'), topics.books)
  const writer = producer.writer(Buffer.from('book'))
  assert.ok(writer.offer(Buffer.from('a line')) && writer.offer(Buffer.from('another')))
  await writer.acknowledged()

  const counter = counterOf('count')
  await counter.count(await eventOfAll())
  // A second container takes over: it fences the first one, and reads its state.
  await counterOf('count').count(await eventOfAll())

  const { books } = await new StateReader(clusterOf('counts'), topics).counts()
  assert.deepEqual(
    [...books.values()].map(({ name, lines }) => [name, lines]),
    [['book', 2]],
  )
})

test('the roles deny operations that a function does not use', async () => {
  const { topics } = configOf('ingest')
  const isDenied = { code: 'KAFKA_REFUSED' }
  const asIngest = new LogReader(clusterOf('ingest'), 'read_committed')
  await assert.rejects(readRecords(asIngest, topics.books, 0, 0), isDenied)
  await assert.rejects(TransactionalProducer.open(clusterOf('ingest'), `${userid}.count.0`), isDenied)
  await assert.rejects(TransactionalProducer.open(clusterOf('count'), 'somebody.else.0'), isDenied)
  const asCount = await Producer.open(clusterOf('count'), topics.books)
  const writer = asCount.writer(Buffer.from('book'))
  assert.ok(writer.offer(Buffer.from('a line')))
  await assert.rejects(writer.acknowledged(), isDenied)
  const other = { name: 'other.books', partitions: 1, replicationFactor: 1, configs: {} }
  await assert.rejects(new Admin(clusterOf('topics')).createTopic(other), isDenied)
  await assert.rejects(new Admin(clusterOf('topics')).deleteTopic(topics.books), isDenied)
})

function configOf(user: KafkaFunction): Config {
  return readConfig({
    USERID: userid,
    BROKERS: kafka.sasl,
    PARTITIONS: '1',
    KAFKA_SECURITY: 'sasl-plain',
    KAFKA_USERNAME: user,
    KAFKA_PASSWORD: 'plain-password',
    KAFKA_CA_FILE: kafka.authorityFile,
  })
}

function clusterOf(user: KafkaFunction): Cluster {
  return keep(openCluster(configOf(user)))
}

function counterOf(user: KafkaFunction): EventCounter {
  const cluster = keep(new KafkaCluster(configOf(user)))
  return keep(new EventCounter({ cluster, emit: 'every', log: silentLog, metrics: noMetrics }))
}

/** Everything in `<userid>.books`, as the mapping delivers it. */
async function eventOfAll(): Promise<KafkaEvent> {
  const { topics } = configOf('count')
  const cluster = keep(openCluster({ brokers: [kafka.plaintext] }))
  const records = await readRecords(new LogReader(cluster, 'read_uncommitted'), topics.books, 0, 0)
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: kafka.sasl,
    records: {
      [`${topics.books}-0`]: records.map(({ offset, timestamp, key, value }) => ({
        topic: topics.books,
        partition: 0,
        offset,
        timestamp,
        timestampType: 'CREATE_TIME',
        key: key!.toString('base64'),
        value: value!.toString('base64'),
        headers: [],
      })),
    },
  }
}

function allowWhatItsRoleAllows(user: KafkaFunction): void {
  for (const { resource, name = '', actions } of kafkaPermissions(user, userid)) {
    const allowed = actions.map((action) => {
      assert.ok(action in operations, `${action} is not known here`)
      return operations[action]
    })
    const given = allowed.filter((operation) => operation !== undefined)
    if (given.length === 0) continue
    const isPrefix = name.endsWith('*')
    execFileSync('java', [
      ...[
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        kafkaClassPath(),
        'org.apache.kafka.tools.AclCommand',
      ],
      ...['--bootstrap-server', kafka.plaintext, '--add', '--allow-principal', `User:${user}`],
      ...given.flatMap((operation) => ['--operation', operation]),
      ...(resource === 'cluster' ? ['--cluster'] : [`--${resource}`, isPrefix ? name.slice(0, -1) : name]),
      ...(isPrefix ? ['--resource-pattern-type', 'prefixed'] : []),
    ])
  }
}

function keep<T extends { close(): unknown }>(client: T): T {
  closing.push(client)
  return client
}
