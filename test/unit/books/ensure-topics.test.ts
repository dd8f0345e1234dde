import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../../books/config.ts'
import { ensureTopics, type TopicsAdmin, wantedTopics } from '../../../books/ensure-topics.ts'
import type { NewTopic } from '../../../kafka/admin.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { AppError } from '../../../lib/errors.ts'

const config = readConfig({ USERID: 'me' })
const wanted = wantedTopics(config)

/** A cluster in memory. `reject`: why it rejects a topic. */
function clusterOf({
  existing = [],
  reject = () => undefined,
  mayDelete = true,
}: {
  readonly existing?: readonly NewTopic[]
  readonly reject?: (topic: NewTopic) => string | undefined
  readonly mayDelete?: boolean
}) {
  const topics = new Map(existing.map((topic) => [topic.name, topic]))
  const find = async (name: string): Promise<TopicMetadata | undefined> => {
    const topic = topics.get(name)
    if (topic === undefined) return undefined
    const described = { leader: 1, replicas: Array(topic.replicationFactor).fill(1), inSync: [1] }
    const partitions = Array.from({ length: topic.partitions }, (_, partition) => ({
      partition,
      ...described,
    }))
    return { name, id: name, partitions }
  }
  const admin: TopicsAdmin = {
    async createTopic(topic) {
      if (topics.has(topic.name)) return false
      const why = reject(topic)
      if (why !== undefined) throw new AppError('CONFIG_INVALID', why)
      topics.set(topic.name, topic)
      return true
    },
    async deleteTopic(name) {
      if (!mayDelete) throw new AppError('KAFKA_REFUSED', 'not authorized')
      topics.delete(name)
    },
    findTopic: find,
    async describeTopic(name) {
      return (await find(name))!
    },
  }
  return { admin, topics }
}

describe('ensureTopics', () => {
  it('creates a topic without the settings that a cluster rejects, and reports them', async () => {
    const { admin, topics } = clusterOf({
      reject: ({ configs }) =>
        Object.keys(configs)
          .filter((name) => name.startsWith('segment.'))
          .map((name) => `Topic config '${name}' is not configurable`)[0],
    })
    const ensured = await ensureTopics(admin, wanted)
    assert.deepEqual(
      ensured.map(({ name, created, deviations }) => [
        name,
        created,
        deviations.map(({ setting }) => setting),
      ]),
      [
        ['me.books', true, []],
        ['me.book-count', true, []],
        ['me.book-count-state', true, ['segment.bytes', 'segment.ms']],
      ],
    )
    assert.equal(topics.get('me.book-count-state')?.configs['max.compaction.lag.ms'], '600000')
  })

  it('leaves no topic behind when a cluster rejects one', async () => {
    const { admin, topics } = clusterOf({
      reject: ({ name }) => (name === 'me.books' ? 'Topic replication factor must be 3' : undefined),
    })
    await assert.rejects(ensureTopics(admin, wanted), { message: 'Topic replication factor must be 3' })
    assert.deepEqual([...topics.keys()], [])
  })

  it('leaves no topic behind when an existing one has another shape, and keeps that one', async () => {
    const existing = { ...wanted[0]!, partitions: 7 }
    const { admin, topics } = clusterOf({ existing: [existing] })
    await assert.rejects(ensureTopics(admin, wanted), { code: 'PARTITIONS_DIFFER' })
    assert.deepEqual([...topics.keys()], ['me.books'])
  })

  it('names the topics that it could not delete again', async () => {
    const { admin } = clusterOf({
      mayDelete: false,
      reject: ({ name }) => (name === 'me.book-count' ? 'Topic replication factor must be 3' : undefined),
    })
    await assert.rejects(ensureTopics(admin, wanted), {
      code: 'CONFIG_INVALID',
      message:
        /must be 3 me\.book-count-state was created, is empty and could not be deleted \(not authorized\); me\.books was/,
    })
  })

  it('reports settings that the provider of the cluster does not accept', async () => {
    const brokers = 'boot-abc12.c1.kafka-serverless.eu-central-1.amazonaws.com:9098'
    const serverless = wantedTopics(readConfig({ USERID: 'me', BROKERS: brokers }))
    const { admin, topics } = clusterOf({})
    const [, , state] = await ensureTopics(admin, serverless)
    assert.deepEqual(topics.get('me.book-count-state')?.configs, { 'cleanup.policy': 'compact' })
    assert.equal(state?.deviations.length, 5)
  })
})
