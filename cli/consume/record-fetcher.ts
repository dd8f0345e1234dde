import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import type { Isolation } from '../../lib/kafka/consumer.ts'
import type { Cluster, MetadataOfTopics } from '../../local/kafka-event-source/kafka/cluster.ts'
import {
  type AbortedTransaction,
  type FetchedPartition,
  fetchApi,
  fetchTopicsArgs,
  readCommitted,
  readUncommitted,
} from '../../local/kafka-event-source/kafka/fetch.ts'
import { offsetsAt } from '../../local/kafka-event-source/kafka/offsets.ts'
import { type RecordBatch, readBatches } from '../../local/kafka-event-source/kafka/record-batches.ts'
import { clusterError } from '../cluster.ts'
import { isAtEnd, nameOf, type PartitionLog } from './partition-log.ts'

/** What a fetch brought for a partition: batches from the log's position on, and what in them is not for us. */
export type Fetched = {
  readonly batches: readonly RecordBatch[]
  readonly aborted: readonly AbortedTransaction[]
}

export type FetchListener = {
  /** The next fetch is under way meanwhile. Moves the log's position. */
  fetched(log: PartitionLog, fetched: Fetched): Promise<void>
  /** The log no longer has the offset that was next: reading goes on from its start. */
  skipped(log: PartitionLog, from: number): void
  /** Said once per trouble, and undefined when it is over. */
  trouble(error: AppError | undefined): void
}

type Arrival = {
  readonly node: number
  /** By name, with the offset asked for. */
  readonly asked: ReadonlyMap<string, { readonly log: PartitionLog; readonly offset: number }>
  readonly answer: readonly FetchedPartition[]
  readonly error: unknown
}

const maxWaitMs = 500
const maxAnswerBytes = 16 * 1024 * 1024
const maxPartitionBytes = 4 * 1024 * 1024
const retryMs = 500
const offsetOutOfRange = 1
const unknownTopic = 3

/**
 * Reads any number of partitions of any topics, as far ahead as one answer of each broker: while an answer is handed
 * over, the next one is on its way.
 */
export class RecordFetcher {
  readonly #cluster: Cluster
  readonly #isolation: Isolation
  readonly #listener: FetchListener
  readonly #logs = new Set<PartitionLog>()
  readonly #fetches = new Map<number, Promise<Arrival>>()
  #metadata: MetadataOfTopics | undefined
  #wake: () => void = () => undefined
  #handingOver: Promise<void> = Promise.resolve()

  constructor(cluster: Cluster, isolation: Isolation, listener: FetchListener) {
    this.#cluster = cluster
    this.#isolation = isolation
    this.#listener = listener
  }

  get logs(): ReadonlySet<PartitionLog> {
    return this.#logs
  }

  /** Whether all that is read has an end and was read to it. */
  get isAtEnd(): boolean {
    return [...this.#logs].every(isAtEnd)
  }

  add(logs: readonly PartitionLog[]): void {
    for (const log of logs) this.#logs.add(log)
    this.#metadata = undefined
    this.#wake()
  }

  /** Resolves when nothing more of these is handed over. */
  async remove(logs: readonly PartitionLog[]): Promise<void> {
    for (const log of logs) this.#logs.delete(log)
    this.#wake()
    await this.#handingOver
  }

  /** Wakes `run`, which looks whether it is done. */
  wake(): void {
    this.#wake()
  }

  /** Reads until `isDone`. @throws what the listener throws, KAFKA_REFUSED, and KAFKA_UNAVAILABLE after `giveUpMs` of silence */
  async run(isDone: () => boolean, giveUpMs: number): Promise<void> {
    let answeredAt = Date.now()
    while (!isDone()) {
      try {
        await this.#startFetches()
        const arrival = await this.#next()
        if (arrival === undefined) continue
        this.#fetches.delete(arrival.node)
        if (arrival.error !== undefined) throw arrival.error
        await this.#take(arrival, isDone)
        answeredAt = Date.now()
        this.#listener.trouble(undefined)
      } catch (error) {
        const failure = clusterError(error, 'Reading')
        if (failure.code !== 'KAFKA_UNAVAILABLE' || Date.now() - answeredAt > giveUpMs) throw failure
        this.#listener.trouble(failure)
        this.#metadata = undefined
        await this.#pause()
      }
    }
  }

  #next(): Promise<Arrival | undefined> {
    const woken = new Promise<undefined>((resolve) => {
      this.#wake = () => resolve(undefined)
    })
    return Promise.race([...this.#fetches.values(), woken])
  }

  async #pause(): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await delay(retryMs, undefined, { signal: woken.signal }).catch(() => undefined)
  }

  /** One with each broker that leads something to read. */
  async #startFetches(): Promise<void> {
    const wanted = [...this.#logs].filter(({ fetchOffset, end }) => end === undefined || fetchOffset < end)
    if (wanted.length === 0) return
    const topics = [...new Set(wanted.map(({ topic }) => topic))]
    this.#metadata ??= await this.#cluster.metadataOf(topics)
    for (const [node, logs] of grouped(wanted, (log) => this.#leaderOf(log))) {
      if (!this.#fetches.has(node)) this.#fetches.set(node, this.#fetch(node, logs))
    }
  }

  #leaderOf(log: PartitionLog): number {
    const leader = this.#metadata?.topics.get(log.topic)?.[log.partition]?.leader ?? -1
    if (this.#metadata?.topics.has(log.topic) === false) throw topicGone(log)
    if (!this.#metadata?.brokers.has(leader))
      throw new AppError('KAFKA_UNAVAILABLE', `No broker leads ${nameOf(log)}.`, { retryable: true })
    return leader
  }

  async #fetch(node: number, logs: readonly PartitionLog[]): Promise<Arrival> {
    const broker = this.#metadata!.brokers.get(node)!
    const topics = [...grouped(logs, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition, fetchOffset }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(fetchOffset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxPartitionBytes,
      })),
    }))
    const isolation = this.#isolation === 'read_committed' ? readCommitted : readUncommitted
    const args = fetchTopicsArgs(topics, { maxWaitMs, maxBytes: maxAnswerBytes }, isolation)
    const asked = new Map(logs.map((log) => [nameOf(log), { log, offset: log.fetchOffset }]))
    try {
      const answer = await this.#cluster.request(broker, fetchApi, args, 'fetch-1')
      return { node, asked, answer, error: undefined }
    } catch (error) {
      return { node, asked, answer: [], error }
    }
  }

  async #take({ asked, answer }: Arrival, isDone: () => boolean): Promise<void> {
    const arrived: (readonly [PartitionLog, Fetched])[] = []
    for (const fetched of answer) {
      const { log, offset } = asked.get(nameOf(fetched)) ?? {}
      // Given up meanwhile, or read by way of another leader.
      if (log === undefined || !this.#logs.has(log) || log.fetchOffset !== offset) continue
      if (fetched.errorCode === offsetOutOfRange) await this.#toLogStart(log)
      else if (fetched.errorCode === unknownTopic) throw topicGone(log)
      else if (fetched.errorCode !== 0) throw new Error(`Kafka error ${fetched.errorCode} for ${nameOf(log)}`)
      const batches = [...readBatches(fetched.records)]
      if (batches.length === 0) continue
      log.fetchOffset = batches.at(-1)!.lastOffset + 1
      arrived.push([log, { batches, aborted: fetched.abortedTransactions }])
    }
    // What was handed round first comes last next time: a broker fills its answer in the order of the request.
    for (const [log] of arrived) if (this.#logs.delete(log)) this.#logs.add(log)
    await this.#startFetches()
    this.#handingOver = this.#handOver(arrived, isDone)
    await this.#handingOver
  }

  async #handOver(
    arrived: readonly (readonly [PartitionLog, Fetched])[],
    isDone: () => boolean,
  ): Promise<void> {
    for (const [log, fetched] of arrived) {
      if (isDone()) return
      if (this.#logs.has(log)) await this.#listener.fetched(log, fetched)
    }
  }

  async #toLogStart(log: PartitionLog): Promise<void> {
    const starts = await offsetsAt(this.#cluster, log.topic, [log.partition], { type: 'TRIM_HORIZON' })
    const from = starts.get(log.partition) ?? 0
    log.fetchOffset = from
    log.position = from
    this.#listener.skipped(log, from)
  }
}

function topicGone({ topic }: PartitionLog): AppError {
  return new AppError(
    'TOPIC_MISSING',
    `There is no topic ${topic} any more. "books topics list" shows those there are.`,
  )
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
