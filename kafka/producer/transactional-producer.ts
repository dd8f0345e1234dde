/**
 * A producer with a transactional id (KIP-98). `open` fences earlier producers of the id and aborts their transaction.
 * `begin`, or the first record after `open` or `commit`, begins a transaction. Transient rejections are retried. After other
 * failures, the outcome is unknown: the caller must open the id again.
 */
import { AppError } from '../../lib/errors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isRetriable, isSafelyRetriable, retryCall } from '../cluster/retry.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../protocol/errors.ts'
import { groupBy } from '../protocol/group-by.ts'
import {
  type ProduceResult,
  type ProducerId,
  produceRequest,
  producerIdRequest,
} from '../protocol/produce.ts'
import type { Request } from '../protocol/request.ts'
import { addPartitionsRequest, commitRequest } from '../protocol/transactions.ts'
import { BatchMemory } from './batch-memory.ts'
import { recordTooLarge } from './record-too-large.ts'
import { TransactionPartition } from './transaction-partition.ts'

/** Default of Kafka's clients. */
const transactionTimeoutMs = 60_000
/** Retries start early: the coordinator completes a transaction within milliseconds. */
const backoff = { firstBackoffMs: 2, maxBackoffMs: 200, timeoutMs: 15_000 }

export class TransactionalProducer {
  readonly #cluster: Cluster
  readonly #id: string
  #producer: ProducerId = { id: -1n, epoch: -1 }
  readonly #memory = new BatchMemory()
  readonly #partitions: TransactionPartition[] = []
  #isClosed = false
  #last: TransactionPartition | undefined
  #beginning: Promise<void> | undefined

  private constructor(cluster: Cluster, id: string) {
    this.#cluster = cluster
    this.#id = id
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  static async open(cluster: Cluster, transactionalId: string): Promise<TransactionalProducer> {
    const opened = new TransactionalProducer(cluster, transactionalId)
    const fence = producerIdRequest(transactionalId, transactionTimeoutMs)
    opened.#producer = await opened.#call('Opening', () => opened.#sendToCoordinator(fence), isRetriable)
    return opened
  }

  /** Adds the partition of each topic to the transaction. Never rejects: `flush` or `commit` throws errors. */
  begin(topics: readonly string[], partition: number): Promise<void> {
    const partitions = topics.map((topic) => this.#partitionOf(topic, partition))
    this.#beginning = this.#add(partitions.filter(({ isAdded }) => !isAdded))
    return this.#beginning.catch(() => undefined)
  }

  /** `flush` or `commit` throws errors. */
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void {
    if (this.#last?.topic !== topic || this.#last.partition !== partition) {
      this.#last = this.#partitionOf(topic, partition)
    }
    this.#last.produce(key, value)
  }

  /**
   * `flush` or `commit` throws KAFKA_UNAVAILABLE unless the partition's next batch gets this offset. A reader's end of a
   * partition can be too early: a leader that was replaced, and does not know it yet, lacks the latest records.
   */
  expectOffset(topic: string, partition: number, offset: number): void {
    this.#partitionOf(topic, partition).expectedOffset = offset
  }

  /** @throws as `commit` */
  async flush(): Promise<void> {
    await this.#beginning
    await this.#add(this.#partitions.filter(({ isAdded, isWaiting }) => !isAdded && isWaiting))
    while (this.#partitions.some(({ isWaiting }) => isWaiting)) {
      await this.#call('Writing', () => this.#write(), isSafelyRetriable)
    }
  }

  /**
   * @throws FENCED if another producer opened the id;
   * KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORD_TOO_LARGE
   */
  async commit(): Promise<void> {
    await this.flush()
    if (!this.#partitions.some(({ isAdded }) => isAdded)) return
    const commit = commitRequest(this.#id, this.#producer)
    await this.#call('Committing', () => this.#sendToCoordinator(commit), isSafelyRetriable)
    for (const partition of this.#partitions) partition.isAdded = false
  }

  /** Stops retries. The cluster stays open. Idempotent. */
  close(): void {
    this.#isClosed = true
  }

  #partitionOf(topic: string, partition: number): TransactionPartition {
    const known = this.#partitions.find((each) => each.topic === topic && each.partition === partition)
    if (known !== undefined) return known
    const added = new TransactionPartition(topic, partition, this.#memory)
    this.#partitions.push(added)
    return added
  }

  /** Retries all transient failures, because adding a partition twice is harmless. */
  async #add(partitions: readonly TransactionPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const numbers = byTopic(partitions, (ofTopic) => ofTopic.map(({ partition }) => partition))
    const request = addPartitionsRequest(this.#id, this.#producer, numbers)
    const work = () => this.#sendToCoordinator(request)
    await this.#call('Adding partitions to a transaction', work, isRetriable)
    for (const partition of partitions) partition.isAdded = true
  }

  /** Writes one batch of each partition. Removes the written ones even if others fail. */
  async #write(): Promise<void> {
    const waiting = this.#partitions.filter(({ isWaiting }) => isWaiting)
    const update = async (each: TransactionPartition) => {
      each.leader = await this.#cluster.leaderOf(each.topic, each.partition)
    }
    await Promise.all(waiting.map(update))
    const byLeader = groupBy(waiting, ({ leader }) => leader)
    const written = [...byLeader].map(([leader, partitions]) => this.#writeTo(leader, partitions))
    const errors = (await Promise.all(written)).flat()
    if (errors.length === 0) return
    for (const { topic } of waiting) this.#cluster.forgetTopic(topic)
    throw errors.find((error) => !isSafelyRetriable(error)) ?? errors[0]!
  }

  /** @returns the errors. Never throws. */
  async #writeTo(leader: number, partitions: readonly TransactionPartition[]): Promise<readonly Error[]> {
    const batches = byTopic(
      partitions,
      (ofTopic) => new Map(ofTopic.map((each) => [each.partition, each.send(this.#producer, true)])),
    )
    try {
      const topics = await this.#cluster.sendTo(leader, produceRequest(batches, this.#id))
      return partitions.flatMap((each) => {
        return this.#errorOf(each, topics.get(each.topic)?.get(each.partition)) ?? []
      })
    } catch (error) {
      for (const each of partitions) each.notWritten(true)
      return [error as Error]
    }
  }

  /** @returns undefined when the batch was written or split */
  #errorOf(written: TransactionPartition, result?: ProduceResult): Error | undefined {
    const { code, baseOffset } = result ?? { code: errorCodes.UNKNOWN_SERVER_ERROR, baseOffset: -1 }
    if (code === 0) {
      written.written()
      return unexpectedOffset(written, baseOffset)
    }
    const error = new ProtocolError(code, `${written.topic}[${written.partition}]`)
    written.notWritten(!error.isUnapplied)
    if (!isProtocolError(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) return error
    const record = written.split()
    return record && recordTooLarge(written.topic, record, error)
  }

  #sendToCoordinator<T>(request: Request<T>): Promise<T> {
    return this.#cluster.sendToCoordinator('transaction', this.#id, request)
  }

  #call<T>(doing: string, work: () => Promise<T>, isTransient: (error: unknown) => boolean): Promise<T> {
    const mayRetry = (error: unknown) => !this.#isClosed && isTransient(error)
    return retryCall(`${doing} as ${this.#id}`, work, { ...backoff, mayRetry })
  }
}

function unexpectedOffset(partition: TransactionPartition, offset: number): AppError | undefined {
  const { topic, partition: number, expectedOffset } = partition
  partition.expectedOffset = undefined
  if (expectedOffset === undefined || expectedOffset === offset) return undefined
  return new AppError(
    'KAFKA_UNAVAILABLE',
    `${topic}[${number}] was read up to offset ${expectedOffset}, but its next record got offset ${offset}: the broker that was read did not have the latest records. Read the partition again.`,
    { retryable: true },
  )
}

function byTopic<T>(
  partitions: readonly TransactionPartition[],
  collect: (ofTopic: readonly TransactionPartition[]) => T,
): ReadonlyMap<string, T> {
  const topics = groupBy(partitions, ({ topic }) => topic)
  return new Map([...topics].map(([topic, ofTopic]) => [topic, collect(ofTopic)]))
}
