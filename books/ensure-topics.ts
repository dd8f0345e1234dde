import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, NewTopic } from '../kafka/admin.ts'
import { noLeader, type TopicMetadata } from '../kafka/protocol/metadata.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import type { Config } from './config.ts'
import { adjustedConfigs, type ConfigDeviation, configsAfterRejection, rulesOf } from './topic-rules.ts'
import { topicConfigs } from './topics.ts'

/** `deviations` lists settings that the provider does not accept. Without it, the cluster must accept all settings. */
export type WantedTopic = NewTopic & { readonly deviations?: readonly ConfigDeviation[] }

export function wantedTopics(config: Config): readonly WantedTopic[] {
  const rules = rulesOf(config.brokers)
  return [...topicConfigs(config.topics, config)].map(([name, configs]) => ({
    name,
    partitions: config.partitions,
    replicationFactor: config.replicationFactor,
    ...adjustedConfigs(name, configs, rules),
  }))
}

/** Compares no settings, because they can be changed later. */
export function differences(wanted: NewTopic, found: TopicMetadata): readonly string[] {
  const replicas = found.partitions[0]?.replicas.length ?? 0
  const counts = [
    { what: 'partitions', actual: found.partitions.length, expected: wanted.partitions },
    { what: 'replicas', actual: replicas, expected: wanted.replicationFactor },
  ]
  return counts
    .filter(({ actual, expected }) => actual !== expected)
    .map(({ what, actual, expected }) => `${wanted.name} has ${actual} ${what}, not ${expected}`)
}

/** `deviations` is empty for an existing topic. */
export type EnsuredTopic = {
  readonly name: string
  readonly created: boolean
  readonly deviations: readonly ConfigDeviation[]
}

export type TopicsAdmin = Pick<Admin, 'createTopic' | 'deleteTopic' | 'describeTopic' | 'findTopic'>

/**
 * Creates missing topics and resolves when all are ready. Omits or raises settings that the cluster rejects. After a
 * failure, deletes the topics that it created.
 * @throws PARTITIONS_DIFFER, CONFIG_INVALID, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function ensureTopics(
  admin: TopicsAdmin,
  topics: readonly WantedTopic[],
): Promise<readonly EnsuredTopic[]> {
  const ensured = new Map<string, EnsuredTopic>()
  try {
    // The topic with most settings comes first, because the cluster most likely rejects it.
    const bySettings = [...topics].sort((a, b) => settingsOf(b) - settingsOf(a))
    for (const topic of bySettings) ensured.set(topic.name, await ensureTopic(admin, topic))
    await requireShapes(admin, topics)
  } catch (error) {
    const created = [...ensured.values()].filter(({ created }) => created).map(({ name }) => name)
    throw await deleteAgain(admin, created, error)
  }
  return topics.map(({ name }) => ensured.get(name)!)
}

const settingsOf = ({ configs }: NewTopic) => Object.keys(configs).length

async function ensureTopic(admin: TopicsAdmin, topic: WantedTopic): Promise<EnsuredTopic> {
  const { name } = topic
  const deviations = [...(topic.deviations ?? [])]
  let configs = topic.configs
  for (;;) {
    try {
      const created = await admin.createTopic({ ...topic, configs })
      return { name, created, deviations: created ? deviations : [] }
    } catch (error) {
      const isRejected = error instanceof AppError && error.code === 'CONFIG_INVALID' && topic.deviations
      const next = isRejected ? configsAfterRejection(name, configs, error.message) : undefined
      if (next === undefined) throw error
      configs = next.configs
      deviations.push(...next.deviations)
    }
  }
}

async function requireShapes(admin: TopicsAdmin, topics: readonly WantedTopic[]): Promise<void> {
  const found = await Promise.all(topics.map(({ name }) => awaitLeaders(admin, name)))
  const problems = topics.flatMap((topic, i) => differences(topic, found[i]!))
  if (problems.length === 0) return
  throw new AppError(
    'PARTITIONS_DIFFER',
    `${problems.join('; ')}. The partitions of existing topics cannot change. Set PARTITIONS and ` +
      'REPLICATION_FACTOR to the values of the existing topics, or choose another USERID.',
  )
}

/** @returns `error` with the topics that are left */
async function deleteAgain(admin: TopicsAdmin, created: readonly string[], error: unknown): Promise<unknown> {
  const left: string[] = []
  for (const name of created) {
    try {
      await awaitLeaders(admin, name)
      await admin.deleteTopic(name)
    } catch (cause) {
      left.push(`${name} was created, is empty and could not be deleted (${messageOf(cause)})`)
    }
  }
  if (left.length === 0 || !(error instanceof AppError)) return error
  const { code, retryable } = error
  return new AppError(code, `${error.message} ${left.join('; ')}.`, { retryable, cause: error })
}

async function awaitLeaders(admin: TopicsAdmin, name: string): Promise<TopicMetadata> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const topic = await admin.findTopic(name)
    if (topic?.partitions.every(({ leader }) => leader !== noLeader)) return topic
    await delay(50)
  }
  return admin.describeTopic(name)
}
