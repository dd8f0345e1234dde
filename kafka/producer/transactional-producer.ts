/**
 * A producer with a transactional id (KIP-98). Opening it fences every other producer of that id and aborts its open
 * transaction. Retries requests that a broker rejected with a transient error; sequence numbers identify batches. After any
 * other failure the transaction's outcome is unknown, and the id must be opened again. The producer itself never aborts a
 * transaction; the next producer of the id does.
 */
import type { Cluster } from '../cluster/cluster.ts'
import { kafkaError } from '../cluster/kafka-error.ts'
import { isRetriable, isRetriableAndDone, retry } from '../cluster/retry.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../protocol/errors.ts'
import { groupBy } from '../protocol/group-by.ts'
import { type ProducerId, produceRequest, transactionalProducerId } from '../protocol/produce.ts'
import type { Request } from '../protocol/request.ts'
import { addPartitionsRequest, commitRequest } from '../protocol/transactions.ts'
import { BatchMemory } from './batch-memory.ts'
import { recordTooLarge } from './record-too-large.ts'
import { TransactionPartition } from './transaction-partition.ts'

/** The coordinator aborts a transaction that is open for longer: the default of Kafka's clients. */
const transactionTimeoutMs = 60_000
/** How long a call is retried. */
const callTimeoutMs = 15_000
/** The coordinator needs some milliseconds to complete a transaction before the next one can begin. */
const backoff = { firstBackoffMs: 2, maxBackoffMs: 200 }

export class TransactionalProducer {
  readonly #cluster: Cluster
  readonly #id: string
  #producer: ProducerId = { id: -1n, epoch: -1 }
  readonly #memory = new BatchMemory()
  readonly #partitions: TransactionPartition[] = []
  #isClosed = false
  #last: TransactionPartition | undefined

  private constructor(cluster: Cluster, id: string) {
    this.#cluster = cluster
    this.#id = id
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  static async open(cluster: Cluster, transactionalId: string): Promise<TransactionalProducer> {
    const opened = new TransactionalProducer(cluster, transactionalId)
    const fence = transactionalProducerId(transactionalId, transactionTimeoutMs)
    opened.#producer = await opened.#call('Opening', () => opened.#sendToCoordinator(fence), isRetriable)
    return opened
  }

  /** The first record begins the transaction. */
  async begin(): Promise<void> {
    for (const partition of this.#partitions) partition.isAdded = false
  }

  /** Adds one record to the transaction. Its errors are reported by `commit`. */
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void {
    if (this.#last?.topic !== topic || this.#last.partition !== partition) {
      this.#last = this.#partitionOf(topic, partition)
    }
    this.#last.add(key, value)
  }

  /** Resolves when all records so far are written, in a transaction that is still open. @throws as `commit` */
  async flush(): Promise<void> {
    await this.#add(this.#partitions.filter(({ isAdded, isEmpty }) => !isAdded && !isEmpty))
    while (this.#partitions.some(({ isEmpty }) => !isEmpty)) {
      await this.#call('Writing', () => this.#write(), isRetriableAndDone)
    }
  }

  /**
   * Resolves when all records since `begin` are committed.
   * @throws FENCED, KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORD_TOO_LARGE
   */
  async commit(): Promise<void> {
    await this.flush()
    if (!this.#partitions.some(({ isAdded }) => isAdded)) return
    const commit = commitRequest(this.#id, this.#producer)
    await this.#call('Committing', () => this.#sendToCoordinator(commit), isRetriableAndDone)
  }

  /** Ends retries. The next producer of this id aborts an open transaction. The cluster stays open. Idempotent. */
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

  /** Adding a partition twice is harmless, so this is retried after every kind of failure. */
  async #add(partitions: readonly TransactionPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const numbers = byTopic(partitions, (ofTopic) => ofTopic.map(({ partition }) => partition))
    const request = addPartitionsRequest(this.#id, this.#producer, numbers)
    await this.#call(
      'Adding partitions to a transaction',
      () => this.#sendToCoordinator(request),
      isRetriable,
    )
    for (const partition of partitions) partition.isAdded = true
  }

  /** Writes the first batch of each partition that has one. Removes written batches, also when this throws. */
  async #write(): Promise<void> {
    const waiting = this.#partitions.filter(({ isEmpty }) => !isEmpty)
    const leaders = await Promise.all(
      waiting.map(({ topic, partition }) => this.#cluster.leaderOf(topic, partition)),
    )
    const byLeader = groupBy(waiting.entries(), ([i]) => leaders[i]!)
    const written = [...byLeader].map(([leader, entries]) =>
      this.#writeTo(
        leader,
        entries.map(([, partition]) => partition),
      ),
    )
    const errors = (await Promise.all(written)).flat()
    if (errors.length === 0) return
    for (const { topic } of waiting) this.#cluster.forgetTopic(topic)
    throw errors.find((error) => !isRetriableAndDone(error)) ?? errors[0]!
  }

  /** @returns the error. Never throws. */
  async #writeTo(leader: number, partitions: readonly TransactionPartition[]): Promise<readonly Error[]> {
    const batches = byTopic(
      partitions,
      (ofTopic) => new Map(ofTopic.map((each) => [each.partition, each.sealed(this.#producer)])),
    )
    try {
      const topics = await this.#cluster.sendTo(leader, produceRequest(batches, this.#id))
      return partitions.flatMap((each) => {
        const code = topics.get(each.topic)?.get(each.partition) ?? errorCodes.UNKNOWN_SERVER_ERROR
        return this.#errorOf(each, code) ?? []
      })
    } catch (error) {
      return [error as Error]
    }
  }

  /** @returns undefined when the first batch is written or was split */
  #errorOf(written: TransactionPartition, code: number): Error | undefined {
    if (code === 0) {
      written.written()
      return undefined
    }
    const error = new ProtocolError(code, `${written.topic}[${written.partition}]`)
    if (!isProtocolError(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) return error
    if (written.split()) return undefined
    const { key, valueBytes } = written.first
    return recordTooLarge(written.topic, key, valueBytes, error)
  }

  #sendToCoordinator<T>(request: Request<T>): Promise<T> {
    return this.#cluster.sendToCoordinator('transaction', this.#id, request)
  }

  /** Retries `work` until it succeeds, fails with an error that must not be retried, or times out. */
  async #call<T>(doing: string, work: () => Promise<T>, mayRetry: (error: unknown) => boolean): Promise<T> {
    try {
      return await retry(work, {
        ...backoff,
        shouldRetry: (error, elapsedMs) => !this.#isClosed && elapsedMs < callTimeoutMs && mayRetry(error),
      })
    } catch (error) {
      throw kafkaError(error, `${doing} as ${this.#id}`)
    }
  }
}

function byTopic<T>(
  partitions: readonly TransactionPartition[],
  collect: (ofTopic: readonly TransactionPartition[]) => T,
): ReadonlyMap<string, T> {
  const topics = groupBy(partitions, ({ topic }) => topic)
  return new Map([...topics].map(([topic, ofTopic]) => [topic, collect(ofTopic)]))
}
