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

type Reading = readonly [
  topic: string,
  partition: number,
  from: number,
  onRecord: (record: LogRecord) => void,
  isEnough: (next: number) => boolean,
]

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
  async read(topic: string, partition: number, from: number, atLeast: number): Promise<Stretch> {
    const records: LogRecord[] = []
    const isEnough = () => records.length >= atLeast
    const end = await this.#inTurn(topic, partition, from, (record) => records.push(record), isEnough)
    return { records, ...end }
  }

  /**
   * Hands every record over from `start` until `end` is reached, or the end of the log, keeping none. Calls take turns.
   * @returns where to read on
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING
   */
  async readTo(
    topic: string,
    partition: number,
    { start, end }: { start: number; end: number },
    onRecord: (record: LogRecord) => void,
  ): Promise<number> {
    return (await this.#inTurn(topic, partition, start, onRecord, (next) => next >= end)).next
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const opening = this.#consumer
    this.#consumer = undefined
    await this.#turn
    const consumer = await opening?.catch(() => undefined)
    if (consumer) await closeConsumer(consumer)
  }

  #inTurn(...reading: Reading): Promise<Omit<Stretch, 'records'>> {
    const turn = this.#turn.then(() => this.#read(...reading))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #read(...[topic, partition, from, onRecord, isEnough]: Reading): Promise<Omit<Stretch, 'records'>> {
    const doing = `Reading ${topic}[${partition}] from offset ${from}`
    const consumer = await this.#open()
    let next = 0
    let end: number | undefined
    const onEnd = (eof: EofEvent) => {
      if (eof.topic === topic && eof.partition === partition) end = eof.offset
    }
    consumer.on('partition.eof', onEnd)
    try {
      consumer.assign([{ topic, partition, offset: from }])
      let quietSince = Date.now()
      while (!isEnough(next) && end === undefined) {
        const messages = await consume(consumer, doing)
        for (const message of messages) {
          onRecord(recordOf(message))
          next = message.offset + 1
        }
        if (messages.length > 0) quietSince = Date.now()
        else if (Date.now() - quietSince > callTimeoutMs) {
          throw new AppError('KAFKA_UNAVAILABLE', `${doing} failed: no answer for ${callTimeoutMs} ms.`, {
            retryable: true,
          })
        }
      }
      consumer.unassign()
      // Records that were written meanwhile can come with the end in one call, and behind it.
      return { next: Math.max(end ?? 0, next), atEnd: end !== undefined }
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
