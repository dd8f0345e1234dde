import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { errorCodes, ProtocolError } from '../protocol/errors.ts'
import { type FetchedPartition, fetchRequest, type Isolation } from '../protocol/fetch.ts'
import { groupBy } from '../protocol/group-by.ts'
import { noLeader, type TopicMetadata } from '../protocol/metadata.ts'
import type { PartitionQueue } from './partition-queue.ts'

export type FetchListener = {
  fetched(): void
  /** Must seek the queue, because the log does not have its fetch offset. */
  outOfRange(queue: PartitionQueue): Promise<void>
  /** Receives new metadata about twice a minute and after failures. */
  topic?(topic: TopicMetadata): void
  /** Receives each error, and undefined after a successful fetch. */
  problem(error: unknown): void
}

export type FetcherOptions = {
  readonly isolation: Isolation
  /** Limit for each partition, which is fetched while its buffer is less than half full. */
  readonly bufferBytes: number
}

/** Kafka's default (`fetch.max.wait.ms`). */
const maxWaitMs = 500
const maxResponseBytes = 16 * 1024 * 1024
const retryMs = 500
const metadataAgeMs = 30_000
const lanes = ['fetch-1', 'fetch-2'] as const

/** Keeps queues filled. Each broker has two fetches, so one that waits does not delay a partition with a backlog. */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #listener: FetchListener
  readonly #busyLanes = new Set<string>()
  readonly #fetching = new Set<PartitionQueue>()
  readonly #missingOffsets = new WeakMap<PartitionQueue, number>()
  #options: FetcherOptions = { isolation: 'read_uncommitted', bufferBytes: 0 }
  #stopping = new AbortController()
  #queues: PartitionQueue[] = []
  /** Node ids of the last known leaders. */
  #leaders: ReadonlyMap<PartitionQueue, number> = new Map()
  #leadersAt = -metadataAgeMs
  #refreshing = false

  constructor(cluster: Cluster, listener: FetchListener) {
    this.#cluster = cluster
    this.#listener = listener
  }

  start(queues: readonly PartitionQueue[], options: FetcherOptions): void {
    this.stop()
    this.#stopping = new AbortController()
    this.#queues = [...queues]
    this.#options = options
    this.#leadersAt = -metadataAgeMs
    this.pump()
  }

  stop(): void {
    this.#stopping.abort()
    this.#queues = []
    this.#leaders = new Map()
  }

  /** Call this after records were consumed. */
  pump(): void {
    if (this.#queues.length > 0 && performance.now() - this.#leadersAt >= metadataAgeMs) void this.#refresh()
    const wanted = this.#queues.filter((queue) => this.#isFetchable(queue))
    for (const [node, queues] of groupBy(wanted, (queue) => this.#leaders.get(queue) ?? noLeader)) {
      const lane = lanes.find((name) => !this.#busyLanes.has(`${node} ${name}`))
      if (node !== noLeader && lane !== undefined) void this.#fetch(node, lane, queues)
    }
  }

  #isFetchable(queue: PartitionQueue): boolean {
    if (!queue.isEmpty && this.#missingOffsets.get(queue) === queue.fetchOffset) return false
    return queue.bufferedBytes * 2 < this.#options.bufferBytes && !this.#fetching.has(queue)
  }

  async #fetch(node: number, lane: (typeof lanes)[number], queues: readonly PartitionQueue[]): Promise<void> {
    const stopping = this.#stopping.signal
    const { isolation, bufferBytes } = this.#options
    const key = `${node} ${lane}`
    this.#busyLanes.add(key)
    for (const queue of queues) this.#fetching.add(queue)
    try {
      const positions = queues.map((queue) => ({
        topic: queue.topic,
        partition: queue.partition,
        offset: queue.fetchOffset,
        maxBytes: bufferBytes - queue.bufferedBytes,
      }))
      const maxBytes = Math.min(maxResponseBytes, bufferBytes * positions.length)
      const request = fetchRequest(positions, { isolation, maxWaitMs, maxBytes })
      const fetched = await this.#cluster.sendTo(node, request, lane)
      if (!stopping.aborted) await this.#take(fetched, queues)
    } catch (error) {
      if (!stopping.aborted) await this.#retryLater(error, stopping)
    } finally {
      this.#busyLanes.delete(key)
      for (const queue of queues) this.#fetching.delete(queue)
    }
    // Brokers guarantee a whole batch only for the first partition, so the order rotates.
    if (this.#queues.length > 1) this.#queues.push(this.#queues.shift()!)
    this.pump()
  }

  async #take(response: readonly FetchedPartition[], queues: readonly PartitionQueue[]): Promise<void> {
    let failure: unknown
    for (const fetched of response) {
      const queue = queues.find(
        (each) => each.partition === fetched.partition && each.topic === fetched.topic,
      )
      if (queue === undefined) continue
      await this.#add(queue, fetched).catch((error: unknown) => {
        failure = error
      })
    }
    this.#listener.fetched()
    if (failure !== undefined) throw failure
    this.#listener.problem(undefined)
  }

  async #add(queue: PartitionQueue, fetched: FetchedPartition): Promise<void> {
    const { errorCode, highWatermark } = fetched
    if (highWatermark >= 0) queue.highWatermark = highWatermark
    if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
      this.#missingOffsets.set(queue, queue.fetchOffset)
      // Seeking would drop buffered records.
      if (queue.isEmpty) await this.#listener.outOfRange(queue)
    } else if (errorCode !== 0) throw new ProtocolError(errorCode, queue.name)
    else queue.add(fetched)
  }

  /** The next attempt looks up leaders. */
  async #retryLater(error: unknown, stopping: AbortSignal): Promise<void> {
    this.#leaders = new Map()
    this.#leadersAt = -metadataAgeMs
    for (const { topic } of this.#queues) this.#cluster.forgetTopic(topic)
    this.#listener.problem(error)
    await delay(retryMs, undefined, { signal: stopping }).catch(() => undefined)
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing) return
    this.#refreshing = true
    const stopping = this.#stopping.signal
    try {
      const { topics, nodes } = await this.#cluster.metadata([
        ...new Set(this.#queues.map(({ topic }) => topic)),
      ])
      if (!stopping.aborted) {
        const leaderOf = ({ topic, partition }: PartitionQueue) =>
          topics.get(topic)?.partitions[partition]?.leader ?? noLeader
        this.#leaders = new Map(
          this.#queues.map((queue) => [queue, nodes.has(leaderOf(queue)) ? leaderOf(queue) : noLeader]),
        )
        this.#leadersAt = performance.now()
        for (const topic of topics.values()) this.#listener.topic?.(topic)
        this.#checkLeaders(topics)
      }
    } catch (error) {
      if (!stopping.aborted) await this.#retryLater(error, stopping)
    } finally {
      this.#refreshing = false
    }
    if (this.#queues.length > 0) this.pump()
  }

  /** Reports a partition without a leader, and looks it up again after `retryMs`. */
  #checkLeaders(topics: ReadonlyMap<string, TopicMetadata>): void {
    const queue = this.#queues.find((each) => this.#leaders.get(each) === noLeader)
    if (queue === undefined) return
    const { LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
    const code = topics.has(queue.topic) ? LEADER_NOT_AVAILABLE : UNKNOWN_TOPIC_OR_PARTITION
    this.#cluster.forgetTopic(queue.topic)
    this.#listener.problem(new ProtocolError(code, queue.name))
    this.#leadersAt = performance.now() + retryMs - metadataAgeMs
    // Node.js can fire a timer a fraction of a millisecond early, when the leaders are not yet outdated.
    setTimeout(() => this.pump(), retryMs + 1).unref()
  }
}
