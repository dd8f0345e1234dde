/**
 * Writes lines: keyed records, idempotent (KIP-98), acknowledged by all in-sync replicas, in the partition that Java's
 * default partitioner chooses (`murmur2_random`).
 *
 * How it is known that every line was acknowledged: a delivery report for each would cost more than sending the line
 * (measured: 135,000 lines/s with them, 300,000 without). So librdkafka reports failures only
 * (`delivery.report.only.error`). It counts what is neither acknowledged nor reported, and a flush ends without error
 * only when that is zero and the report of every failure was handed to the event loop (`rd_kafka_flush`,
 * `rd_kafka_dr_msgq0`). Two turns of the loop later they have been seen; if there was none, all are acknowledged.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import Kafka, { type LibrdKafkaError, type Producer } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { lineHeaderName } from '../line-header.ts'
import { type Connection, connect, opening } from './client.ts'
import type { ClientConfig } from './credentials.ts'
import { kafkaError } from './kafka-error.ts'

/** How long the cluster may be away (a restart, an election) before a line counts as failed. */
const messageTimeoutMs = 60_000
/** A flush looks every 10 ms, or at its end, whether it is done; short ones in a row are done sooner. */
const flushSliceMs = 2
const fullQueuePauseMs = 2

const queueFull = -184 // ERR__QUEUE_FULL
const timedOut = -185 // ERR__TIMED_OUT
const recordTooLarge = 10 // MSG_SIZE_TOO_LARGE

/** What to do about a line that is too long, as `ingest` has it. */
const uploadAgain = 'The book is not counted: break the line and upload it again.'

/** The client makes null of a zero-length Buffer without memory; this one arrives empty. */
const empty = Buffer.alloc(1).subarray(0, 0)

/** `hasLeader`: whether it can be written to now. */
export type TopicPartition = { readonly partition: number; readonly hasLeader: boolean }

export class LineProducer {
  readonly #producer: Producer
  readonly #topic: string
  readonly #tooLongAdvice: string
  readonly #failedIn = new Map<number, number>()
  #partitions: readonly TopicPartition[] = []
  /** The first failure of each key, as Latin-1 text, that its writer has not been told yet. */
  readonly #failures = new Map<string, AppError>()
  #flushing: Promise<void> | undefined
  #closing: Promise<void> | undefined

  private constructor(producer: Producer, topic: string, tooLongAdvice: string) {
    this.#producer = producer
    this.#topic = topic
    this.#tooLongAdvice = tooLongAdvice
    producer.on('delivery-report', (error, { key, size, partition }) => {
      if (!error) return
      this.#failed(asBytes(key), error, size)
      this.#failedIn.set(partition, (this.#failedIn.get(partition) ?? 0) + 1)
    })
  }

  /** `tooLongAdvice` ends the message of LINE_TOO_LONG. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  static open(
    connection: Connection,
    topic: string,
    tooLongAdvice: string = uploadAgain,
  ): Promise<LineProducer> {
    return opening(connection, (config) => LineProducer.#open(config, topic, tooLongAdvice))
  }

  static async #open(config: ClientConfig, topic: string, tooLongAdvice: string): Promise<LineProducer> {
    const producer = new Kafka.Producer({
      ...config,
      'enable.idempotence': true,
      acks: -1,
      partitioner: 'murmur2_random',
      'allow.auto.create.topics': false,
      'delivery.report.only.error': true,
      dr_cb: true,
      'message.timeout.ms': messageTimeoutMs,
      'message.max.bytes': 1024 * 1024 + 12, // a broker's default; librdkafka's own is smaller
      'socket.timeout.ms': 10_000,
      'linger.ms': 5,
      'queue.buffering.max.messages': 20_000,
      'queue.buffering.max.kbytes': 32 * 1024,
    } as Kafka.ProducerGlobalConfig)
    const opened = new LineProducer(producer, topic, tooLongAdvice)
    try {
      await opened.#connect()
    } catch (error) {
      void opened.close()
      throw error
    }
    return opened
  }

  /** A writer of records of one key, in order. */
  writer(key: Buffer | null): KeyWriter {
    return new KeyWriter(this, key)
  }

  /** The topic's, as they were when this was opened. */
  get partitions(): readonly TopicPartition[] {
    return this.#partitions
  }

  /** How many records have failed, by partition. */
  get failedIn(): ReadonlyMap<number, number> {
    return this.#failedIn
  }

  /**
   * Takes one record, copying its bytes; false when there is no room now. A null value is a removal. Without a
   * `partition` the key chooses it.
   * @throws KAFKA_UNAVAILABLE, LINE_TOO_LONG
   */
  offer(
    key: Buffer | null,
    value: Buffer | null,
    headers: Kafka.MessageHeader[] | undefined,
    partition: number | null = null,
  ): boolean {
    if (this.#flushing !== undefined) return false
    const bytes = value?.length === 0 ? empty : value
    try {
      this.#producer.produce(this.#topic, partition, bytes, key, undefined, undefined, headers)
      return true
    } catch (error) {
      const failure = error as LibrdKafkaError
      if (failure.code === queueFull) return false
      throw this.#writeError(key, failure, value?.length ?? 0)
    }
  }

  /** Resolves when it makes sense to offer again. */
  async room(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing
    this.#producer.poll()
    await delay(fullQueuePauseMs)
  }

  /**
   * Resolves when every record that was taken is acknowledged or has failed, after `messageTimeoutMs` at most. None is
   * taken meanwhile, so nothing is in flight then.
   */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  /** Of whatever key, the first failure that has been heard of and was not taken. */
  get firstFailure(): AppError | undefined {
    return this.#failures.values().next().value
  }

  /** Hears of failures; a flush does, and waiting for room. */
  poll(): void {
    this.#producer.poll()
  }

  /** The first failure of this key since it was asked for last. */
  takeFailure(key: Buffer | null): AppError | undefined {
    const name = asText(key)
    const failure = this.#failures.get(name)
    this.#failures.delete(name)
    return failure
  }

  /** Ends the connection without waiting for anything in flight. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (!this.#producer.isConnected()) return resolve()
      this.#producer.disconnect(1, () => resolve())
    })
    return this.#closing
  }

  async #connect(): Promise<void> {
    const metadata = await connect(this.#producer, this.#topic, `Connecting to write ${this.#topic}`)
    const topic = metadata.topics.find(({ name }) => name === this.#topic)
    if (topic === undefined || topic.partitions.length === 0) {
      throw new AppError(
        'TOPIC_MISSING',
        `There is no topic ${this.#topic}. Create the topics with "books topics create".`,
        { retryable: true },
      )
    }
    this.#partitions = topic.partitions.map(({ id, leader }) => ({ partition: id, hasLeader: leader >= 0 }))
  }

  async #flush(): Promise<void> {
    try {
      while (!(await this.#flushSlice()));
    } catch (error) {
      throw kafkaError(error as Error, `Flushing ${this.#topic}`)
    }
    await turn()
    await turn()
  }

  /** Whether nothing is in flight any more. */
  #flushSlice(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#producer.flush(flushSliceMs, (error: LibrdKafkaError | null) => {
        if (!error) resolve(true)
        else if (error.code === timedOut) resolve(false)
        else reject(error)
      })
    })
  }

  #failed(key: Buffer | null, error: LibrdKafkaError, bytes: number): void {
    const name = asText(key)
    if (!this.#failures.has(name)) this.#failures.set(name, this.#writeError(key, error, bytes))
  }

  #writeError(key: Buffer | null, error: LibrdKafkaError, bytes: number): AppError {
    const [line, what] = key === null ? ['A line', ''] : [`A line of "${key}"`, ` "${key}"`]
    if (error.code === recordTooLarge) {
      return new AppError(
        'LINE_TOO_LONG',
        `${line} has ${bytes} bytes, more than ${this.#topic} takes (its max.message.bytes). ${this.#tooLongAdvice}`,
        { cause: error },
      )
    }
    const failure = kafkaError(error, `Writing${what} to ${this.#topic}`)
    if (failure.code !== 'FENCED') return failure
    // Nobody fences a producer without a transactional id: it met another fatal error, and a new one is needed.
    return new AppError('KAFKA_UNAVAILABLE', failure.message, { retryable: true, cause: error })
  }
}

export class KeyWriter {
  readonly #producer: LineProducer
  readonly #key: Buffer | null
  readonly #headers: [Record<typeof lineHeaderName, Buffer>] = [{ [lineHeaderName]: empty }]

  constructor(producer: LineProducer, key: Buffer | null) {
    this.#producer = producer
    this.#key = key?.length === 0 ? empty : key
  }

  /** As `LineProducer.offer`. */
  offer(value: Buffer | null, header?: Buffer): boolean {
    if (header === undefined) return this.#producer.offer(this.#key, value, undefined)
    this.#headers[0][lineHeaderName] = header
    return this.#producer.offer(this.#key, value, this.#headers)
  }

  room(): Promise<void> {
    return this.#producer.room()
  }

  /** Resolves when everything taken is acknowledged. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, LINE_TOO_LONG */
  async acknowledged(): Promise<void> {
    await this.#producer.flush()
    const failure = this.#producer.takeFailure(this.#key)
    if (failure !== undefined) throw failure
  }
}

function asBytes(key: Buffer | string | null | undefined): Buffer | null {
  return typeof key === 'string' ? Buffer.from(key) : (key ?? null)
}

function asText(key: Buffer | null): string {
  return key?.toString('latin1') ?? ''
}
