/**
 * Reads a stretch of one partition by offset: no group, nothing committed. Positions are given by the client at the
 * partition's end, never by counting records, since compaction, control records and aborted transactions leave gaps.
 */
import type { EofEvent, KafkaConsumer } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { type Connection, callTimeoutMs } from './client.ts'
import { closeConsumer, consume, type Isolation, type LogRecord, openConsumer, recordOf } from './consumer.ts'
import { kafkaError } from './kafka-error.ts'

export type { Isolation, LogRecord } from './consumer.ts'

export type Stretch = {
  readonly records: readonly LogRecord[]
  /** Where to read on. */
  readonly next: number
  /** Whether the partition ended there, as this isolation level sees it. */
  readonly atEnd: boolean
}

export class LogReader {
  readonly #connection: Connection
  readonly #isolation: Isolation
  #consumer: Promise<KafkaConsumer> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(connection: Connection, isolation: Isolation) {
    this.#connection = connection
    this.#isolation = isolation
  }

  /**
   * Reads from an offset until `atLeast` records or the end, whichever comes first. Calls take turns.
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING
   */
  read(topic: string, partition: number, from: number, atLeast: number): Promise<Stretch> {
    const turn = this.#turn.then(() => this.#read(topic, partition, from, atLeast))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const opening = this.#consumer
    this.#consumer = undefined
    await this.#turn
    const consumer = await opening?.catch(() => undefined)
    if (consumer) await closeConsumer(consumer)
  }

  async #read(topic: string, partition: number, from: number, atLeast: number): Promise<Stretch> {
    const doing = `Reading ${topic}[${partition}] from offset ${from}`
    const consumer = await this.#open()
    const records: LogRecord[] = []
    let end: number | undefined
    const onEnd = (eof: EofEvent) => {
      if (eof.topic === topic && eof.partition === partition) end = eof.offset
    }
    consumer.on('partition.eof', onEnd)
    try {
      consumer.assign([{ topic, partition, offset: from }])
      let quietSince = Date.now()
      while (records.length < atLeast && end === undefined) {
        const messages = await consume(consumer, doing)
        for (const message of messages) records.push(recordOf(message))
        if (messages.length > 0) quietSince = Date.now()
        else if (Date.now() - quietSince > callTimeoutMs) {
          throw new AppError('KAFKA_UNAVAILABLE', `${doing} failed: no answer for ${callTimeoutMs} ms.`, {
            retryable: true,
          })
        }
      }
      consumer.unassign()
      // Records that were written meanwhile can come with the end in one call, and behind it.
      const next = Math.max(end ?? 0, (records.at(-1)?.offset ?? -1) + 1)
      return { records, next, atEnd: end !== undefined }
    } catch (error) {
      this.#consumer = undefined
      void closeConsumer(consumer)
      throw kafkaError(error as Error, doing)
    } finally {
      consumer.off('partition.eof', onEnd)
    }
  }

  #open(): Promise<KafkaConsumer> {
    this.#consumer ??= openConsumer(this.#connection, {
      isolation: this.#isolation,
      fetchWaitMs: 10,
      consumeTimeoutMs: 20,
    }).catch((error: Error) => {
      this.#consumer = undefined
      throw error
    })
    return this.#consumer
  }
}
