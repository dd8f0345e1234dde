/**
 * A producer with a transactional id (KIP-98), as little of it as counting needs. Opening it fences every other producer
 * with the same id and aborts what that one left open. A request that a broker has answered with a passing trouble is sent
 * again: batches are known by their sequence numbers, and a transaction that is committed is so once. What else goes
 * wrong in a transaction is not mended here: its outcome is unknown then, and the one way on is to open the id again.
 * Nothing is aborted but by the next producer.
 */
import { type Connection, callTimeoutMs, opening } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import { BatchMemory } from './producing/batch-memory.ts'
import { OutgoingPartition } from './producing/outgoing-partition.ts'
import { isAnswered, isRetriable, persist } from './producing/persist.ts'
import type { Address } from './wire/address.ts'
import { Brokers, noLeader } from './wire/brokers.ts'
import { ProtocolError, protocolErrors } from './wire/protocol-error.ts'
import type { ProducerId } from './wire/record-batch.ts'
import { fencingProducerId, produce, type Request } from './wire/requests.ts'
import { addPartitions, commitTransaction, transactionCoordinator } from './wire/transaction-requests.ts'

/** After so long the coordinator aborts a transaction that nobody ends: the clients' default. */
const transactionTimeoutMs = 60_000
/** The end of a transaction takes its coordinator a few milliseconds, before which there can't be the next. */
const backoff = { firstBackoffMs: 2, longestBackoffMs: 200 }

export class TransactionalProducer {
  readonly #brokers: Brokers
  readonly #id: string
  #coordinator: Address | undefined
  #producer: ProducerId = { id: -1n, epoch: -1 }
  readonly #memory = new BatchMemory()
  readonly #partitions: OutgoingPartition[] = []
  readonly #leaders = new Map<string, readonly number[]>()
  #isClosed = false
  #last: OutgoingPartition | undefined

  private constructor(brokers: Brokers, id: string) {
    this.#brokers = brokers
    this.#id = id
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  static open(connection: Connection, transactionalId: string): Promise<TransactionalProducer> {
    return opening(connection, async (access) => {
      const opened = new TransactionalProducer(new Brokers(connection.brokers, access), transactionalId)
      try {
        const fence = fencingProducerId(transactionalId, transactionTimeoutMs)
        opened.#producer = await opened.#call('Fencing', () => opened.#askCoordinator(fence), isRetriable)
        return opened
      } catch (error) {
        await opened.close()
        throw error
      }
    })
  }

  /** The first record begins the transaction. */
  async begin(): Promise<void> {
    for (const partition of this.#partitions) partition.isAdded = false
  }

  /** Takes one record; whether it was written is known when the commit resolves. A null value is a removal. */
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void {
    if (this.#last?.topic !== topic || this.#last.partition !== partition) {
      this.#last = this.#partitionOf(topic, partition)
    }
    this.#last.add(key, value)
  }

  /** Resolves when everything so far is written, in a transaction that is still open. @throws as `commit` */
  async flush(): Promise<void> {
    await this.#add(this.#partitions.filter(({ isAdded, isEmpty }) => !isAdded && !isEmpty))
    while (this.#partitions.some(({ isEmpty }) => !isEmpty)) {
      await this.#call('Writing', () => this.#write(), isAnswered)
    }
  }

  /**
   * Resolves when everything since `begin` is durably published.
   * @throws FENCED, KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING
   */
  async commit(): Promise<void> {
    await this.flush()
    if (!this.#partitions.some(({ isAdded }) => isAdded)) return
    const commit = commitTransaction(this.#id, this.#producer)
    await this.#call('Committing', () => this.#askCoordinator(commit), isAnswered)
  }

  /**
   * Ends the connections without waiting for anything in flight; an open transaction is aborted by the next producer
   * with this id. Idempotent.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#brokers.close()
  }

  #partitionOf(topic: string, partition: number): OutgoingPartition {
    const known = this.#partitions.find((each) => each.topic === topic && each.partition === partition)
    if (known !== undefined) return known
    const added = new OutgoingPartition(topic, partition, this.#memory)
    this.#partitions.push(added)
    return added
  }

  /** What is added twice is there once, so this may be asked again whatever happens. */
  async #add(partitions: readonly OutgoingPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const request = addPartitions(
      this.#id,
      this.#producer,
      grouped(partitions, (of) => of.map(({ partition }) => partition)),
    )
    await this.#call('Beginning a transaction', () => this.#askCoordinator(request), isRetriable)
    for (const partition of partitions) partition.isAdded = true
  }

  /** The first batch of each partition that has one; those that are written have none then, also when it throws. */
  async #write(): Promise<void> {
    const waiting = this.#partitions.filter(({ isEmpty }) => !isEmpty)
    const byLeader = new Map<number, OutgoingPartition[]>()
    for (const partition of waiting) {
      const leader = await this.#leaderOf(partition)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
    }
    const written = [...byLeader].map(([leader, partitions]) => this.#writeTo(leader, partitions))
    const errors = (await Promise.all(written)).flat()
    if (errors.length === 0) return
    this.#leaders.clear()
    throw errors.find((error) => !isAnswered(error)) ?? errors[0]!
  }

  /** What went wrong. Never throws. */
  async #writeTo(leader: number, partitions: readonly OutgoingPartition[]): Promise<readonly Error[]> {
    const batches = grouped(
      partitions,
      (of) => new Map(of.map((each) => [each.partition, each.sealed(this.#producer)])),
    )
    try {
      const topics = await this.#brokers.ask(leader, produce(batches, this.#id))
      return partitions.flatMap((each) => {
        const code = topics.get(each.topic)?.get(each.partition) ?? protocolErrors.UNKNOWN_SERVER_ERROR
        if (code !== 0) return [new ProtocolError(code)]
        each.written()
        return []
      })
    } catch (error) {
      return [error as Error]
    }
  }

  async #leaderOf({ topic, partition }: OutgoingPartition): Promise<number> {
    const leaders = this.#leaders.get(topic) ?? (await this.#brokers.leaders(topic))
    const leader = leaders[partition]
    if (leader === undefined) throw new ProtocolError(protocolErrors.UNKNOWN_TOPIC_OR_PARTITION)
    if (leader === noLeader) throw new ProtocolError(protocolErrors.LEADER_NOT_AVAILABLE)
    this.#leaders.set(topic, leaders)
    return leader
  }

  async #askCoordinator<T>(request: Request<T>): Promise<T> {
    try {
      this.#coordinator ??= await this.#brokers.askAny(transactionCoordinator(this.#id))
      return await this.#brokers.askAt(this.#coordinator, request)
    } catch (error) {
      this.#coordinator = undefined
      throw error
    }
  }

  /** Works until it succeeds, fails in a way that it may not be repeated after, or the time of a call is over. */
  async #call<T>(doing: string, work: () => Promise<T>, mayRepeat: (error: unknown) => boolean): Promise<T> {
    try {
      return await persist(work, {
        ...backoff,
        mayRepeat: (error, lastedMs) => !this.#isClosed && lastedMs < callTimeoutMs && mayRepeat(error),
      })
    } catch (error) {
      throw kafkaError(error as Error, `${doing} as ${this.#id}`)
    }
  }
}

function grouped<T>(
  partitions: readonly OutgoingPartition[],
  collect: (ofTopic: readonly OutgoingPartition[]) => T,
): ReadonlyMap<string, T> {
  const topics = new Set(partitions.map(({ topic }) => topic))
  return new Map([...topics].map((name) => [name, collect(partitions.filter(({ topic }) => topic === name))]))
}
