/**
 * Writes lines: keyed records, idempotent (KIP-98), acknowledged by all in-sync replicas, in the partition that Java's
 * default partitioner chooses (`murmur2_random`).
 *
 * It speaks Kafka's protocol itself and writes record batches as they stand in the log, since handing each line to the
 * native client costs more than all the rest of ingest (docs/performance.md). One request at a time is under way with each
 * broker, with the first batch of every partition that it leads; meanwhile the next ones fill. So nothing has to linger:
 * batches are small when there is little to send, and large when there is much.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { type Connection, opening } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import { partitionOfKey } from './murmur2.ts'
import { BatchMemory } from './producing/batch-memory.ts'
import { connectToTopic } from './producing/connect-to-topic.ts'
import { KeyWriter } from './producing/key-writer.ts'
import type { Origin } from './producing/origin.ts'
import { PartitionQueue } from './producing/partition-queue.ts'
import { isRetriable } from './producing/persist.ts'
import { AccessRefused } from './wire/access.ts'
import { Brokers, noLeader } from './wire/brokers.ts'
import { ProtocolError, protocolErrors } from './wire/protocol-error.ts'
import { type BatchRecord, keyOf, type ProducerId } from './wire/record-batch.ts'
import { produce } from './wire/requests.ts'

/** How long the cluster may be away (a restart, an election) before a line counts as failed. */
const messageTimeoutMs = 60_000
/** How long a topic may be gone. */
const topicTimeoutMs = 10_000
/** More than this is not taken while something waits. */
const bufferBytes = 8 * 1024 * 1024
/** No broker reads a larger request (`socket.request.max.bytes`, 100 MiB), which is more than one record. */
const mostValueBytes = 99 * 1024 * 1024
const backoff = { firstBackoffMs: 50, longestBackoffMs: 1_000 }

/** What to do about a line that is too long, as `ingest` has it. */
const uploadAgain = 'The book is not counted: break the line and upload it again.'

/** `hasLeader`: whether it can be written to now. */
export type TopicPartition = { readonly partition: number; readonly hasLeader: boolean }

export class LineProducer {
  readonly #brokers: Brokers
  readonly #topic: string
  readonly #tooLongAdvice: string
  readonly #id: ProducerId
  readonly #memory = new BatchMemory()
  readonly #queues: PartitionQueue[]
  readonly #closing = new AbortController()
  /** Nodes that a request is under way with, or that are to be tried again. */
  readonly #busy = new Set<number>()
  #isGone = false
  #bufferedBytes = 0
  #isWoken = false
  #refreshing: Promise<void> | undefined
  /** What ended it: nothing is taken any more. */
  #end: AppError | undefined
  #waitingForRoom: (() => void)[] = []
  #waitingForAll: (() => void)[] = []

  private constructor(
    brokers: Brokers,
    topic: string,
    tooLongAdvice: string,
    leaders: readonly number[],
    id: ProducerId,
  ) {
    this.#brokers = brokers
    this.#topic = topic
    this.#tooLongAdvice = tooLongAdvice
    this.#id = id
    this.#queues = leaders.map((leader, partition) => new PartitionQueue(partition, leader, this.#memory))
  }

  /** `tooLongAdvice` ends the message of LINE_TOO_LONG. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  static open(
    connection: Connection,
    topic: string,
    tooLongAdvice: string = uploadAgain,
  ): Promise<LineProducer> {
    return opening(connection, async (access) => {
      const brokers = new Brokers(connection.brokers, access)
      try {
        const [leaders, id] = await connectToTopic(brokers, topic)
        return new LineProducer(brokers, topic, tooLongAdvice, leaders, id)
      } catch (error) {
        brokers.close()
        throw kafkaError(error as Error, `Connecting to write ${topic}`)
      }
    })
  }

  /** A writer of records of one key, in order. */
  writer(key: Buffer | null): KeyWriter {
    const partition = key === null ? this.#anyPartition() : partitionOfKey(key, this.#queues.length)
    return new KeyWriter(this, key, partition)
  }

  /** The topic's, as they were seen last. */
  get partitions(): readonly TopicPartition[] {
    return this.#queues.map(({ partition, leader }) => ({ partition, hasLeader: leader !== noLeader }))
  }

  /**
   * Takes one record, copying its bytes; false when there is no room now.
   * @throws LINE_TOO_LONG; what ended the producer: KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING
   */
  offer(origin: Origin, partition: number, record: BatchRecord): boolean {
    if (this.#end !== undefined) throw this.#end
    if (this.#bufferedBytes >= bufferBytes) return false
    if (record.value !== null && record.value.length > mostValueBytes) throw this.#tooLong(record, undefined)
    this.#bufferedBytes += this.#queues[partition]!.add(origin, record)
    this.#wake()
    return true
  }

  /** Resolves when it makes sense to offer again. */
  room(): Promise<void> {
    if (this.#end !== undefined || this.#bufferedBytes < bufferBytes) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForRoom.push(resolve))
  }

  /** Resolves when every record that was taken, by whomever, is acknowledged or has failed: after a minute or so at most. */
  flush(): Promise<void> {
    if (this.#bufferedBytes === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForAll.push(resolve))
  }

  /** Ends the connections without waiting for anything in flight. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#fail(new AppError('KAFKA_UNAVAILABLE', `Writing to ${this.#topic} was ended.`, { retryable: true }))
    this.#brokers.close()
  }

  #anyPartition(): number {
    const writable = this.#queues.filter(({ leader }) => leader !== noLeader)
    return writable[Math.floor(Math.random() * writable.length)]?.partition ?? 0
  }

  /** Sends when what runs now is done: all that it offers goes together. */
  #wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    setImmediate(() => {
      this.#isWoken = false
      for (const { leader, isWaiting } of this.#queues) {
        if (isWaiting && !this.#busy.has(leader)) void this.#sendTo(leader)
      }
    })
  }

  /** Never throws. */
  async #sendTo(leader: number): Promise<void> {
    this.#busy.add(leader)
    let backoffMs = backoff.firstBackoffMs
    for (;;) {
      const queues = this.#queues.filter((queue) => queue.leader === leader && queue.isWaiting)
      if (queues.length === 0) break
      const isDone = await this.#send(leader, queues)
      if (isDone) {
        backoffMs = backoff.firstBackoffMs
      } else {
        await delay(backoffMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
        backoffMs = Math.min(2 * backoffMs, backoff.longestBackoffMs)
        await this.#refresh()
      }
    }
    this.#busy.delete(leader)
  }

  /** The first batch of each queue. False: some must be tried again, later. */
  async #send(leader: number, queues: readonly PartitionQueue[]): Promise<boolean> {
    const batches = new Map(queues.map((queue) => [queue.partition, queue.send(this.#id)]))
    const outcomes = await this.#ask(leader, batches)
    const areDone = queues.map((queue) => this.#settle(queue, outcomes(queue.partition)))
    this.#bufferedBytes = this.#queues.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#tellWaiting()
    return !areDone.includes(false)
  }

  /** What came of each partition's batch; undefined: it is written. */
  async #ask(
    leader: number,
    batches: ReadonlyMap<number, Buffer>,
  ): Promise<(partition: number) => Error | undefined> {
    if (leader === noLeader) {
      const { UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE } = protocolErrors
      return () => new ProtocolError(this.#isGone ? UNKNOWN_TOPIC_OR_PARTITION : LEADER_NOT_AVAILABLE)
    }
    try {
      const topics = await this.#brokers.ask(leader, produce(new Map([[this.#topic, batches]])))
      return (partition) => {
        const code = topics.get(this.#topic)?.get(partition) ?? protocolErrors.UNKNOWN_SERVER_ERROR
        return code === 0 ? undefined : new ProtocolError(code)
      }
    } catch (error) {
      return () => error as Error
    }
  }

  /** False: its first batch must be sent again, later. */
  #settle(queue: PartitionQueue, error: Error | undefined): boolean {
    const code = error instanceof ProtocolError ? error.code : undefined
    if (error === undefined || code === protocolErrors.DUPLICATE_SEQUENCE_NUMBER) {
      queue.written()
      return true
    }
    const batch = queue.notWritten(!(error instanceof ProtocolError && error.isCertain))
    if (code === protocolErrors.MESSAGE_TOO_LARGE || code === protocolErrors.RECORD_LIST_TOO_LARGE) {
      this.#memory.shrink(batch.records)
      if (batch.records.count > 1) queue.split()
      else queue.fail(this.#tooLong(batch.records.records().next().value!, error))
      return true
    }
    const failure = this.#failureOf(error)
    const timeoutMs = this.#isGone ? topicTimeoutMs : messageTimeoutMs
    if (this.#end !== undefined) queue.failWaiting(this.#end)
    else if (!isRetriable(error)) this.#fail(failure)
    else if (batch.ageMs < timeoutMs) return false
    else if (batch.mayBeWritten) this.#fail(failure)
    else queue.fail(failure)
    return true
  }

  #tooLong({ key, value }: BatchRecord, cause: unknown): AppError {
    const name = keyOf(key)
    const line = name === null ? 'A line' : `A line of "${name}"`
    return new AppError(
      'LINE_TOO_LONG',
      `${line} has ${value?.length ?? 0} bytes, more than ${this.#topic} takes (its max.message.bytes). ${this.#tooLongAdvice}`,
      { cause },
    )
  }

  #failureOf(error: Error): AppError {
    return kafkaError(error, `Writing to ${this.#topic}`)
  }

  /** Ends the producer: what is not under way fails now, the rest by its own answer. */
  #fail(failure: AppError): void {
    this.#end ??= failure
    for (const queue of this.#queues) queue.failWaiting(this.#end)
    this.#bufferedBytes = this.#queues.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#tellWaiting()
  }

  #tellWaiting(): void {
    if (this.#bufferedBytes < bufferBytes) for (const resolve of this.#waitingForRoom.splice(0)) resolve()
    if (this.#bufferedBytes === 0) for (const resolve of this.#waitingForAll.splice(0)) resolve()
  }

  /** Looks again who leads what. Whatever keeps it from being known is met again by the next batch. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#brokers
      .leaders(this.#topic)
      .then(
        (leaders) => this.#lead(leaders),
        (error: Error) => {
          if (error instanceof AccessRefused) this.#fail(this.#failureOf(error))
        },
      )
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  #lead(leaders: readonly number[]): void {
    this.#isGone = leaders.length === 0
    for (const queue of this.#queues) queue.leader = leaders[queue.partition] ?? noLeader
    for (let partition = this.#queues.length; partition < leaders.length; partition++) {
      this.#queues.push(new PartitionQueue(partition, leaders[partition] ?? noLeader, this.#memory))
    }
    this.#wake()
  }
}
