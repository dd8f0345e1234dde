import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { readConfig } from '../../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { Admin } from '../../../kafka/admin.ts'
import { freePort } from '../../../local/programs/ports.ts'
import { startKafka } from '../../harness/kafka.ts'
import { kcat, withoutKcat } from '../../harness/kcat.ts'
import { uniqueUserid } from '../../harness/names.ts'

let admin: Admin
let brokers: string
before(async () => {
  brokers = (await startKafka()).brokers
  admin = new Admin(openCluster({ brokers: [brokers] }))
})
after(() => admin.close())

const configFor = (env: Record<string, string> = {}) =>
  readConfig({ USERID: uniqueUserid(), BROKERS: brokers, ...env })

test('creates the three topics once, and finds them the second time', async () => {
  const config = configFor()
  const first = await ensureTopics(admin, wantedTopics(config))
  assert.deepEqual(
    first.map(({ created }) => created),
    [true, true, true],
  )
  const second = await ensureTopics(admin, wantedTopics(config))
  assert.deepEqual(
    second.map(({ created }) => created),
    [false, false, false],
  )
  const names = await admin.listTopics()
  for (const name of Object.values(config.topics)) assert.ok(names.includes(name), name)
})

test('rejects a topic with another number of partitions', async () => {
  const config = configFor({ PARTITIONS: '3' })
  await ensureTopics(admin, wantedTopics(config))
  await assert.rejects(ensureTopics(admin, wantedTopics({ ...config, partitions: 4 })), {
    code: 'PARTITIONS_DIFFER',
    message: new RegExp(`${config.topics.books} has 3 partitions, not 4`),
  })
})

test('describes a topic with its id, which changes when the topic is re-created', async () => {
  const config = configFor({ PARTITIONS: '2' })
  const [books] = wantedTopics(config)
  await ensureTopics(admin, [books!])
  const first = await admin.describeTopic(books!.name)
  assert.deepEqual(first.partitions, [
    { partition: 0, leader: 1, replicas: [1], inSync: [1] },
    { partition: 1, leader: 1, replicas: [1], inSync: [1] },
  ])
  await admin.deleteTopic(books!.name)
  assert.equal(await admin.findTopic(books!.name), undefined)
  await ensureTopics(admin, [books!])
  assert.match(first.id, /^[\w-]{22}$/)
  assert.notEqual((await admin.describeTopic(books!.name)).id, first.id)
})

test('returns the first and the next offset of each partition', { skip: withoutKcat }, async () => {
  const config = configFor({ PARTITIONS: '2' })
  await ensureTopics(admin, wantedTopics(config))
  await kcat(['-P', '-b', brokers, '-t', config.topics.books, '-p', '1'], 'one\ntwo\nthree\n')
  assert.deepEqual(await admin.offsets(config.topics.books), [
    { partition: 0, start: 0, end: 0 },
    { partition: 1, start: 0, end: 3 },
  ])
})

test('finds the first offset at or after a time, or none', { skip: withoutKcat }, async () => {
  const config = configFor({ PARTITIONS: '1' })
  await ensureTopics(admin, wantedTopics(config))
  const before = Date.now()
  await kcat(['-P', '-b', brokers, '-t', config.topics.books, '-p', '0'], 'one\ntwo\n')
  assert.equal(await admin.offsetAtTime(config.topics.books, 0, before), 0)
  assert.equal(await admin.offsetAtTime(config.topics.books, 0, Date.now() + 60_000), undefined)
})

test('rejects a missing topic for its description, deletion and offsets', async () => {
  const name = uniqueUserid()
  assert.equal(await admin.findTopic(name), undefined)
  await assert.rejects(admin.describeTopic(name), { code: 'TOPIC_MISSING' })
  await assert.rejects(admin.deleteTopic(name), { code: 'TOPIC_MISSING' })
  await assert.rejects(admin.offsets(name), { code: 'TOPIC_MISSING' })
})

test('reports an unreachable cluster as a retryable error', async () => {
  const unreachable = new Admin(openCluster({ brokers: [`127.0.0.1:${await freePort()}`] }), 500)
  await assert.rejects(unreachable.listTopics(), { code: 'KAFKA_UNAVAILABLE', retryable: true })
  unreachable.close()
})
