import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { topicConfigs } from '../topics.ts'
import type { Admin, NewTopic, TopicDescription } from './admin.ts'

/** The three topics of a user as this configuration wants them. */
export function wantedTopics(config: Config): readonly NewTopic[] {
  return [...topicConfigs(config.topics, config)].map(([name, configs]) => ({
    name,
    partitions: config.partitions,
    replicationFactor: config.replicationFactor,
    configs,
  }))
}

/** Why a topic that is there is not the one wanted; empty when it is. Its settings are not compared: they can be changed. */
export function differences(wanted: NewTopic, found: TopicDescription): readonly string[] {
  const replicas = found.partitions[0]?.replicas.length ?? 0
  const counts = [
    { what: 'partitions', has: found.partitions.length, wants: wanted.partitions },
    { what: 'replicas', has: replicas, wants: wanted.replicationFactor },
  ]
  return counts
    .filter(({ has, wants }) => has !== wants)
    .map(({ what, has, wants }) => `${wanted.name} has ${has} ${what}, not ${wants}`)
}

export type EnsuredTopic = { readonly name: string; readonly created: boolean }

/**
 * Creates the topics that are not there and resolves when all can be used; those that are there are left alone.
 * @throws PARTITIONS_DIFFER when one that is there has another shape, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function ensureTopics(
  admin: Admin,
  topics: readonly NewTopic[],
): Promise<readonly EnsuredTopic[]> {
  const ensured = await Promise.all(
    topics.map(async (topic) => ({ name: topic.name, created: await admin.createTopic(topic) })),
  )
  const found = await Promise.all(topics.map(({ name }) => appeared(admin, name)))
  const problems = topics.flatMap((topic, i) => differences(topic, found[i]!))
  if (problems.length === 0) return ensured
  throw new AppError(
    'PARTITIONS_DIFFER',
    `${problems.join('; ')}. The number of partitions cannot change under data: set PARTITIONS and ` +
      'REPLICATION_FACTOR to what is there, or choose another USERID.',
  )
}

/** A topic is created when a controller has decided so; brokers hear of it a little later. */
async function appeared(admin: Admin, name: string): Promise<TopicDescription> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const topic = await admin.findTopic(name)
    if (topic?.partitions.every(({ leader }) => leader !== undefined)) return topic
    await delay(50)
  }
  return admin.describeTopic(name)
}
