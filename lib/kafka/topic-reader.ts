/**
 * Reads all partitions of a topic side by side, from given positions to their ends, as fast as one fetch can say that
 * nothing is new. Between two calls nothing is assigned, so a waiting reader costs nothing and a frozen container
 * leaves nothing in flight.
 */
import type { EofEvent, KafkaConsumer } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import type { Connection } from './client.ts'
import { closeConsumer, consume, type Isolation, type LogRecord, openConsumer, recordOf } from './consumer.ts'
import { kafkaError } from './kafka-error.ts'

/** librdkafka's logical offset: wherever the log begins. */
export const logStart = -2

/** How long all partitions may be silent before the connection counts as dead. */
const silenceMs = 4_000

export class TopicReader {
  readonly #connection: Connection
  readonly #isolation: Isolation
  #consumer: Promise<KafkaConsumer> | undefined

  constructor(connection: Connection, isolation: Isolation) {
    this.#connection = connection
    this.#isolation = isolation
  }

  /**
   * Hands every record over, in order within its partition, until each partition's end was seen once. One call at a time.
   * @param from where to begin in each partition, by its number: an offset or `logStart`
   * @returns where to go on in each partition
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING; the next call opens a new connection
   */
  async read(
    topic: string,
    from: readonly number[],
    onRecord: (partition: number, record: LogRecord) => void,
  ): Promise<number[]> {
    const doing = `Reading ${topic}`
    const consumer = await this.#open()
    const ends: (number | undefined)[] = from.map(() => undefined)
    let open = from.length
    // Told before the records of the same call are, so those behind an end are known as such: they are for the next call.
    const onEnd = ({ partition, offset }: EofEvent) => {
      if (ends[partition] === undefined) open--
      ends[partition] ??= offset
    }
    consumer.on('partition.eof', onEnd)
    try {
      consumer.assign(from.map((offset, partition) => ({ topic, partition, offset })))
      let heardAt = Date.now()
      for (let before = open; open > 0; before = open) {
        const messages = await consume(consumer, doing)
        for (const message of messages) {
          const end = ends[message.partition]
          if (end === undefined || message.offset < end) onRecord(message.partition, recordOf(message))
        }
        if (messages.length > 0 || open < before) heardAt = Date.now()
        else if (Date.now() - heardAt > silenceMs) {
          throw new AppError('KAFKA_UNAVAILABLE', `${doing} failed: no answer for ${silenceMs} ms.`, {
            retryable: true,
          })
        }
      }
      consumer.unassign()
      return ends as number[]
    } catch (error) {
      await this.close()
      throw kafkaError(error as Error, doing)
    } finally {
      consumer.off('partition.eof', onEnd)
    }
  }

  /** Idempotent; the next call opens a new connection. */
  async close(): Promise<void> {
    const opening = this.#consumer
    this.#consumer = undefined
    const consumer = await opening?.catch(() => undefined)
    if (consumer) await closeConsumer(consumer)
  }

  #open(): Promise<KafkaConsumer> {
    this.#consumer ??= openConsumer(this.#connection, {
      isolation: this.#isolation,
      fetchWaitMs: 1,
      consumeTimeoutMs: 1,
    }).catch((error: Error) => {
      this.#consumer = undefined
      throw error
    })
    return this.#consumer
  }
}
