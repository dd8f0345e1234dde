import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../../../kafka/protocol/errors.ts'
import { createTopicRequest } from '../../../kafka/protocol/topics.ts'
import { sleep } from '../batch/clock.ts'
import type { MappingDeps } from './mapping-deps.ts'
import type { MappingStatus } from './mapping-status.ts'

const retryMs = 1_000
const createTimeoutMs = 10_000

/**
 * Creates the topic if `createTopics` is set.
 * @returns the number of its partitions when first found, 0 for a missing topic; undefined after an abort
 */
export async function waitForTopic(
  cluster: Cluster,
  { clock, createTopics, mapping }: MappingDeps,
  status: MappingStatus,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { topic } = mapping.settings
  let existing: number | undefined
  while (!signal.aborted) {
    try {
      const { topics } = await cluster.metadata([topic])
      const found = topics.get(topic)
      existing ??= found?.partitions.length ?? 0
      if (found !== undefined) {
        status.report('topic', undefined)
        return existing
      }
      if (createTopics === undefined) {
        const advice = 'create it, or set custom.kafkaEventSource.createTopics'
        throw new ProtocolError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `topic ${topic}`, advice)
      }
      await cluster.sendToController(
        createTopicRequest({ name: topic, configs: {}, ...createTopics }, createTimeoutMs),
      )
    } catch (error) {
      if (!isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) status.report('topic', error)
    }
    await sleep(clock, retryMs, signal)
  }
  return undefined
}

export type TopicChange = 'none' | 'partitions' | 're-created'

export class TopicChanges {
  #last: { readonly id: string; readonly partitions: number } | undefined

  seen(id: string, partitions: number): TopicChange {
    const before = this.#last
    this.#last = { id, partitions }
    if (before === undefined) return 'none'
    // Brokers before Kafka 2.8 report no id.
    if (before.id !== id && before.id !== '' && id !== '') return 're-created'
    return before.partitions === partitions ? 'none' : 'partitions'
  }
}
