import { differences, type WantedTopic } from '../../../books/ensure-topics.ts'
import { deviationText } from '../../../books/topic-rules.ts'
import { noLeader, type TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { plural } from '../../terminal/table.ts'
import type { TopicDetails } from '../topics/topic-details.ts'
import { failed, type Judgement, passed } from './finding.ts'

export type FoundTopic = { readonly wanted: WantedTopic; readonly found: TopicMetadata | undefined }

export function judgeTopics(topics: readonly FoundTopic[]): Judgement {
  const missing = topics.filter(({ found }) => found === undefined).map(({ wanted }) => wanted.name)
  if (missing.length > 0)
    return failed(`missing: ${missing.join(', ')}`, 'Run: npm run books -- topics create')
  const problems = topics.flatMap(({ wanted, found }) => differences(wanted, found!))
  if (problems.length > 0) {
    const advice = 'Set PARTITIONS and REPLICATION_FACTOR to the existing values, or choose another USERID.'
    return failed(problems.join('; '), advice)
  }
  const { partitions, replicationFactor } = topics[0]!.wanted
  return passed(
    `${topics.length}, each with ${plural(partitions, 'partition')} and ${plural(replicationFactor, 'replica')}`,
  )
}

/** `inForce` is undefined when the cluster does not return topic settings. */
export function judgeSettings(
  topics: readonly { readonly wanted: WantedTopic; readonly inForce: TopicDetails['inForce'] }[],
): Judgement {
  const problems = topics.flatMap(({ wanted, inForce }) =>
    Object.entries(wanted.configs ?? {})
      .filter(([name, value]) => inForce !== undefined && inForce[name] !== value)
      .map(([name, value]) => `${wanted.name} has ${name}=${inForce?.[name] ?? ''}, not ${value}`),
  )
  if (problems.length > 0) {
    const advice =
      'Set them with "books topics alter TOPIC --config NAME=VALUE", or set the variables of docs/reference.md to the existing values.'
    return failed(problems.join('; '), advice)
  }
  const isUnknown = topics.some(({ inForce }) => inForce === undefined)
  if (isUnknown) return passed('the cluster does not return topic settings')
  const deviations = topics.flatMap(({ wanted }) => wanted.deviations ?? [])
  return passed(['as configured', ...deviations.map(deviationText)].join('; '))
}

export function judgeReplicas(topics: readonly TopicMetadata[]): Judgement {
  const partitions = topics.flatMap(({ name, partitions }) => partitions.map((found) => ({ name, ...found })))
  const leaderless = partitions.filter(({ leader }) => leader === noLeader)
  const lacking = partitions.filter(({ replicas, inSync }) => inSync.length < replicas.length)
  const names = (some: typeof partitions) =>
    some.map(({ name, partition }) => `${name}[${partition}]`).join(', ')
  const advice = 'Start the missing brokers. Their logs state why they stopped.'
  if (leaderless.length > 0) return failed(`without a leader: ${names(leaderless)}`, advice)
  if (lacking.length > 0) return failed(`not all in sync: ${names(lacking)}`, advice)
  return passed('all in sync')
}
