import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, Metadata } from './cluster.ts'
import { type FetchedPartition, fetchApi, fetchArgs } from './fetch.ts'
import type { PartitionQueue } from './partition-queue.ts'

export type FetchListener = {
  /** Records have come. */
  fetched(): void
  /** The log no longer has, or does not have yet, the offset asked for. Seeks the queue. */
  outOfRange(queue: PartitionQueue, log: FetchedPartition): Promise<void>
  /** The topic as last seen; not when there is none. */
  topic(id: string, partitions: number): void
  problem(error: unknown): void
}

/** How long a broker may wait for the first record: Kafka's default (`fetch.max.wait.ms`). */
const maxWaitMs = 500
const maxAnswerBytes = 16 * 1024 * 1024
const retryMs = 500
const metadataAgeMs = 30_000
const offsetOutOfRange = 1
const lanes = ['fetch-1', 'fetch-2'] as const

/**
 * Keeps the queues of the assigned partitions filled, and no fuller than `bufferBytes` each: a fetch asks only for
 * partitions with room. Two fetches at most are under way with each broker, for different partitions, so that one that
 * waits for partitions without new records does not hold up one with a backlog.
 */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #listener: FetchListener
  readonly #busyLanes = new Set<string>()
  readonly #fetching = new Set<PartitionQueue>()
  #stopping = new AbortController()
  #queues: PartitionQueue[] = []
  #bufferBytes = 0
  #metadata: Metadata | undefined
  #metadataAt = 0
  #refreshing = false

  constructor(cluster: Cluster, topic: string, listener: FetchListener) {
    this.#cluster = cluster
    this.#topic = topic
    this.#listener = listener
  }

  /** Fetches for these partitions, and no others, from now on. */
  start(queues: readonly PartitionQueue[], bufferBytes: number): void {
    this.stop()
    this.#stopping = new AbortController()
    this.#queues = [...queues]
    this.#bufferBytes = bufferBytes
    this.#metadataAt = 0
    this.pump()
  }

  stop(): void {
    this.#stopping.abort()
    this.#queues = []
  }

  /** Call when records were read: there may be room now. */
  pump(): void {
    const metadata = this.#metadata
    if (this.#queues.length > 0 && Date.now() - this.#metadataAt >= metadataAgeMs) void this.#refresh()
    for (const [node, broker] of metadata?.brokers ?? []) {
      const lane = lanes.find((name) => !this.#busyLanes.has(`${node} ${name}`))
      const wanted = this.#queues.filter((queue) => this.#wants(queue) && this.#leaderOf(queue) === node)
      if (lane !== undefined && wanted.length > 0) void this.#fetch(node, broker, lane, wanted)
    }
  }

  #leaderOf(queue: PartitionQueue): number {
    return this.#metadata?.partitions?.[queue.partition]?.leader ?? -1
  }

  #wants(queue: PartitionQueue): boolean {
    return queue.bufferedBytes * 2 < this.#bufferBytes && !this.#fetching.has(queue)
  }

  async #fetch(
    node: number,
    broker: { host: string; port: number },
    lane: (typeof lanes)[number],
    queues: readonly PartitionQueue[],
  ): Promise<void> {
    const stopping = this.#stopping.signal
    const key = `${node} ${lane}`
    this.#busyLanes.add(key)
    for (const queue of queues) this.#fetching.add(queue)
    try {
      const partitions = queues.map((queue) => ({
        partition: queue.partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(queue.fetchOffset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: this.#bufferBytes - queue.bufferedBytes,
      }))
      const maxBytes = Math.min(maxAnswerBytes, this.#bufferBytes * partitions.length)
      const args = fetchArgs(this.#topic, partitions, { maxWaitMs, maxBytes })
      const answer = await this.#cluster.request(broker, fetchApi, args, lane)
      if (!stopping.aborted) await this.#take(answer, stopping)
    } catch (error) {
      if (!stopping.aborted) await this.#tryLater(error, stopping)
    } finally {
      this.#busyLanes.delete(key)
      for (const queue of queues) this.#fetching.delete(queue)
    }
    // The broker guarantees a whole batch to the first partition only: another one goes first next time.
    if (this.#queues.length > 1) this.#queues.push(this.#queues.shift()!)
    this.pump()
  }

  async #take(answer: readonly FetchedPartition[], stopping: AbortSignal): Promise<void> {
    let failure: number | undefined
    for (const fetched of answer) {
      const queue = this.#queues.find(({ partition }) => partition === fetched.partition)
      if (queue === undefined) continue
      if (fetched.highWatermark >= 0) queue.highWatermark = fetched.highWatermark
      if (fetched.errorCode === 0) queue.add(fetched.records)
      else if (fetched.errorCode === offsetOutOfRange) await this.#listener.outOfRange(queue, fetched)
      else failure = fetched.errorCode
    }
    this.#listener.fetched()
    if (failure === undefined) this.#listener.problem(undefined)
    else await this.#tryLater(new Error(`Kafka error ${failure} when reading ${this.#topic}`), stopping)
  }

  /** Leaders may have moved: looks again before the next try. */
  async #tryLater(error: unknown, stopping: AbortSignal): Promise<void> {
    this.#metadata = undefined
    this.#metadataAt = 0
    this.#listener.problem(error)
    await delay(retryMs, undefined, { signal: stopping }).catch(() => undefined)
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing) return
    this.#refreshing = true
    const stopping = this.#stopping.signal
    try {
      this.#metadata = await this.#cluster.metadata(this.#topic)
      this.#metadataAt = Date.now()
      const { topicId, partitions } = this.#metadata
      if (partitions !== undefined) this.#listener.topic(topicId, partitions.length)
      this.#checkLeaders(this.#metadata)
    } catch (error) {
      if (!stopping.aborted) await this.#tryLater(error, stopping)
    } finally {
      this.#refreshing = false
    }
    if (this.#queues.length > 0) this.pump()
  }

  /** A partition may be without a leader for a while; the others are read meanwhile. */
  #checkLeaders(metadata: Metadata): void {
    const leaderless = this.#queues.find((queue) => !metadata.brokers.has(this.#leaderOf(queue)))
    if (leaderless === undefined) return
    this.#listener.problem(new Error(`No broker leads ${this.#topic}[${leaderless.partition}].`))
    this.#metadataAt = Date.now() + retryMs - metadataAgeMs
    setTimeout(() => this.pump(), retryMs).unref()
  }
}
