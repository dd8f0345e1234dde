import { AppError } from '../../errors.ts'
import { callTimeoutMs } from '../client.ts'
import type { Brokers } from '../wire/brokers.ts'
import type { ProducerId } from '../wire/record-batch.ts'
import { newProducerId } from '../wire/requests.ts'
import { isRetriable, persist } from './persist.ts'

/** A broker may hear of a new topic so much later. */
const newTopicMs = 1_000
const backoff = { firstBackoffMs: 50, longestBackoffMs: 1_000 }

/**
 * Who leads each of a topic's partitions, and an id for who writes there; tried until the time of a call is over.
 * @throws TOPIC_MISSING, and the wire's errors
 */
export function connectToTopic(
  brokers: Brokers,
  topic: string,
): Promise<readonly [leaders: readonly number[], id: ProducerId]> {
  const connect = async () => {
    const leaders = await brokers.leaders(topic)
    if (leaders.length === 0) throw missing(topic)
    return [leaders, await brokers.askAny(newProducerId())] as const
  }
  return persist(connect, {
    ...backoff,
    mayRepeat: (error, lastedMs) =>
      isRetriable(error) && lastedMs < (error instanceof AppError ? newTopicMs : callTimeoutMs),
  })
}

function missing(topic: string): AppError {
  return new AppError(
    'TOPIC_MISSING',
    `There is no topic ${topic}. Create the topics with "books topics create".`,
    { retryable: true },
  )
}
