/**
 * An idempotent producer (KIP-98). All in-sync replicas acknowledge each batch. Keys map to partitions as in Java's
 * client (`murmur2_random` in librdkafka). Each broker has one request in flight while the next batches fill, so no
 * linger time is needed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import { AccessError } from '../access/access.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { kafkaError } from '../cluster/kafka-error.ts'
import { isRetriable, retryCall } from '../cluster/retry.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../protocol/errors.ts'
import { noLeader, type TopicMetadata } from '../protocol/metadata.ts'
import { type ProducerId, produceRequest, producerIdRequest } from '../protocol/produce.ts'
import type { BatchRecord } from '../records/batch-writer.ts'
import type { NumberedRecords } from '../records/numbered-records.ts'
import { BatchMemory } from './batch-memory.ts'
import type { DeliveryTracker } from './delivery-tracker.ts'
import { KeyWriter, type RecordSink } from './key-writer.ts'
import { partitionOfKey } from './murmur2.ts'
import { PartitionBatches } from './partition-batches.ts'
import { recordTooLarge } from './record-too-large.ts'

const deliveryTimeoutMs = 60_000
const missingTopicTimeoutMs = 10_000
/** Retry limit of `open` for a missing topic: new topics reach the brokers at different times. */
const newTopicMs = 1_000
const bufferBytes = 8 * 1024 * 1024
/** Below the brokers' limit of a request (`socket.request.max.bytes`, 100 MiB). */
const maxValueBytes = 99 * 1024 * 1024
const backoff = { firstBackoffMs: 50, maxBackoffMs: 1_000 }
const opening = { ...backoff, timeoutMs: 15_000 }

export class Producer implements RecordSink {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #topicId: string
  readonly #id: ProducerId
  readonly #memory = new BatchMemory()
  readonly #queues: readonly PartitionBatches[]
  readonly #closing = new AbortController()
  readonly #busy = new Set<number>()
  #isTopicMissing = false
  #bufferedBytes = 0
  #isWoken = false
  #refreshing: Promise<void> | undefined
  #verifying: Promise<void> | undefined
  /** The fatal error, which `offer` throws. */
  #end: AppError | undefined
  #waitingForRoom: (() => void)[] = []
  #waitingForAll: (() => void)[] = []

  private constructor(cluster: Cluster, { name, id, partitions }: TopicMetadata, producerId: ProducerId) {
    this.#cluster = cluster
    this.#topic = name
    this.#topicId = id
    this.#id = producerId
    this.#queues = partitions.map(
      ({ leader }, partition) => new PartitionBatches(partition, leader, this.#memory),
    )
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  static async open(cluster: Cluster, topic: string): Promise<Producer> {
    const connect = async () => {
      cluster.forgetTopic(topic)
      const found = await cluster.cachedTopic(topic)
      return new Producer(cluster, found, await cluster.sendToAny(producerIdRequest()))
    }
    return retryCall(`Opening a producer for ${topic}`, connect, { ...opening, missingTopicMs: newTopicMs })
  }

  /**
   * Looks up whether the topic's id and number of partitions are unchanged; otherwise, keys may map to other
   * partitions. Until the response arrives, `offer` returns false. After a change or a failure, `offer` throws
   * TOPIC_MISSING, KAFKA_UNAVAILABLE or KAFKA_REFUSED.
   */
  verifyTopic(): void {
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined
      this.#notifyWaiting()
    })
  }

  writer(key: Buffer | null, headerName?: string): KeyWriter {
    const partition = key === null ? this.#anyPartition() : partitionOfKey(key, this.#queues.length)
    return new KeyWriter(this, key, partition, headerName)
  }

  get partitionCount(): number {
    return this.#queues.length
  }

  get writablePartitions(): readonly number[] {
    return this.#queues.flatMap(({ partition, leader }) => (leader === noLeader ? [] : [partition]))
  }

  /** @throws RECORD_TOO_LARGE, or the fatal error: KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  offer(tracker: DeliveryTracker, partition: number, record: BatchRecord): boolean {
    if (this.#end !== undefined) throw this.#end
    if (!this.#hasRoom) return false
    if ((record.value?.length ?? 0) > maxValueBytes) throw recordTooLarge(this.#topic, record)
    this.#bufferedBytes += this.#queues[partition]!.add(tracker, record)
    this.#wake()
    return true
  }

  /** @throws as `offer` */
  offerNumbered(tracker: DeliveryTracker, partition: number, numbered: NumberedRecords): number {
    const queue = this.#queues[partition]!
    const before = queue.bytes
    const added = this.#end === undefined && this.#hasRoom ? queue.addNumbered(tracker, numbered) : 0
    if (added === 0) return Number(this.offer(tracker, partition, firstOf(numbered)))
    this.#bufferedBytes += queue.bytes - before
    this.#wake()
    return added
  }

  room(): Promise<void> {
    if (this.#end !== undefined || this.#hasRoom) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForRoom.push(resolve))
  }

  /** Resolves when all queued records are acknowledged or failed, and no verification is pending. */
  flush(): Promise<void> {
    if (this.#isSettled) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForAll.push(resolve))
  }

  /** Fails pending records. The cluster stays open. Idempotent. */
  close(): void {
    this.#closing.abort()
    const message = `Writing to ${this.#topic} failed: the producer was closed.`
    this.#fail(new AppError('KAFKA_UNAVAILABLE', message, { retryable: true }))
  }

  get #isSettled(): boolean {
    return this.#bufferedBytes === 0 && this.#verifying === undefined
  }

  get #hasRoom(): boolean {
    return this.#bufferedBytes < bufferBytes && this.#verifying === undefined
  }

  async #verify(): Promise<void> {
    try {
      const lookUp = () => this.#cluster.metadata([this.#topic])
      const { topics } = await retryCall(`Looking up ${this.#topic}`, lookUp, opening)
      const topic = topics.get(this.#topic)
      const isSame = topic && !this.#isOther(topic) && topic.partitions.length === this.#queues.length
      if (!isSame) this.#fail(this.#recreated())
    } catch (error) {
      this.#fail(error as AppError)
    }
  }

  #anyPartition(): number {
    const writable = this.writablePartitions
    return writable[Math.floor(Math.random() * writable.length)] ?? 0
  }

  /** Sends all records of this turn of the event loop together. */
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
        backoffMs = Math.min(2 * backoffMs, backoff.maxBackoffMs)
        await this.#refresh()
      }
    }
    this.#busy.delete(leader)
    this.#wake()
  }

  /** @returns false when a batch must be sent again */
  async #send(leader: number, queues: readonly PartitionBatches[]): Promise<boolean> {
    const batches = new Map(queues.map((queue) => [queue.partition, queue.send(this.#id)]))
    const errorOf = await this.#produce(leader, batches)
    const areDone = queues.map((queue) => this.#handle(queue, errorOf(queue.partition)))
    this.#notifyWaiting()
    return !areDone.includes(false)
  }

  /** Returns each partition's error, if any. Never throws. */
  async #produce(
    leader: number,
    batches: ReadonlyMap<number, Buffer>,
  ): Promise<(partition: number) => Error | undefined> {
    if (leader === noLeader) {
      const { UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE } = errorCodes
      const code = this.#isTopicMissing ? UNKNOWN_TOPIC_OR_PARTITION : LEADER_NOT_AVAILABLE
      return (partition) => new ProtocolError(code, `${this.#topic}[${partition}]`)
    }
    try {
      const topics = await this.#cluster.sendTo(leader, produceRequest(new Map([[this.#topic, batches]])))
      return (partition) => {
        const code = topics.get(this.#topic)?.get(partition)?.code ?? errorCodes.UNKNOWN_SERVER_ERROR
        return code === 0 ? undefined : new ProtocolError(code, `${this.#topic}[${partition}]`)
      }
    } catch (error) {
      return () => error as Error
    }
  }

  /** @returns false when the batch must be sent again */
  #handle(queue: PartitionBatches, error: Error | undefined): boolean {
    if (error === undefined || isProtocolError(error, 'DUPLICATE_SEQUENCE_NUMBER')) {
      queue.written()
      return true
    }
    const batch = queue.notWritten(!(error instanceof ProtocolError && error.isUnapplied))
    if (isProtocolError(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
      const record = queue.split()
      if (record !== undefined) queue.fail(recordTooLarge(this.#topic, record, error))
      return true
    }
    const failure = kafkaError(error, `Writing to ${this.#topic}`)
    const timeoutMs = this.#isTopicMissing ? missingTopicTimeoutMs : deliveryTimeoutMs
    if (this.#end !== undefined) queue.failWaiting(this.#end)
    else if (!isRetriable(error)) this.#fail(failure)
    else if (batch.failingForMs() < timeoutMs) return false
    else if (batch.mayBeWritten) this.#fail(failure)
    else queue.fail(failure)
    return true
  }

  /** Batches in flight fail when their response arrives. */
  #fail(failure: AppError): void {
    this.#end ??= failure
    for (const queue of this.#queues) queue.failWaiting(this.#end)
    this.#notifyWaiting()
  }

  #notifyWaiting(): void {
    this.#bufferedBytes = this.#queues.reduce((sum, { bytes }) => sum + bytes, 0)
    if (this.#hasRoom) for (const resolve of this.#waitingForRoom.splice(0)) resolve()
    if (this.#isSettled) for (const resolve of this.#waitingForAll.splice(0)) resolve()
  }

  /** Ignores errors except AccessError, because the next attempt to send reports them. */
  #refresh(): Promise<void> {
    if (this.#refreshing === undefined) this.#cluster.forgetTopic(this.#topic)
    this.#refreshing ??= this.#cluster
      .metadata([this.#topic])
      .then(
        ({ topics }) => this.#update(topics.get(this.#topic)),
        (error: unknown) => {
          if (error instanceof AccessError) this.#fail(kafkaError(error, `Writing to ${this.#topic}`))
        },
      )
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  #update(topic: TopicMetadata | undefined): void {
    this.#isTopicMissing = topic === undefined
    if (topic !== undefined && this.#isOther(topic)) this.#fail(this.#recreated())
    const leaderOf = (partition: number) => topic?.partitions[partition]?.leader ?? noLeader
    for (const queue of this.#queues) queue.leader = leaderOf(queue.partition)
    this.#wake()
  }

  #recreated(): AppError {
    const message = `Writing to ${this.#topic} failed: the topic was re-created, or its number of partitions has changed. Send the records again.`
    return new AppError('TOPIC_MISSING', message, { retryable: true })
  }

  /** Whether the topic was re-created. An empty id means unknown. */
  #isOther({ id }: TopicMetadata): boolean {
    return id !== '' && this.#topicId !== '' && id !== this.#topicId
  }
}

function firstOf({ key, headers, bytes, ranges }: NumberedRecords): BatchRecord {
  return { key, headers, value: bytes.subarray(ranges[0], ranges[1]) }
}
