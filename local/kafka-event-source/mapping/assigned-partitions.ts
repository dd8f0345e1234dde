import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { Fetcher } from '../../../kafka/consumer/fetcher.ts'
import type { GroupMember } from '../../../kafka/consumer/group-member.ts'
import { offsetsAt } from '../../../kafka/consumer/offsets.ts'
import { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import type { EventEnvelope } from '../batch/event-envelope.ts'
import { DecodedSource } from '../schema/decoded-source.ts'
import { RecordDecoder } from '../schema/record-decoder.ts'
import { BatchDelivery } from './batch-delivery.ts'
import { Committer } from './committer.ts'
import type { ChangeableSettings, MappingDeps } from './mapping-deps.ts'
import type { MappingStatus } from './mapping-status.ts'
import { Poller } from './poller.ts'
import { offsetInLog, type StartOffsets } from './start-offsets.ts'

export type RunParts = {
  readonly deps: MappingDeps
  readonly status: MappingStatus
  readonly changeable: ChangeableSettings
  readonly cluster: Cluster
  readonly member: GroupMember
  readonly envelope: EventEnvelope
  /** Receives the topic's metadata about twice a minute. */
  metadataReceived(topic: TopicMetadata): void
}

const commitWithinMs = 5_000
const maxBufferedBytes = 32 * 1024 * 1024
const partitionBufferBytes = { min: 256 * 1024, max: 4 * 1024 * 1024 }

/**
 * Processes the partitions of one assignment until they are revoked. Records pass from the fetcher through
 * partition queues, decoder (with a schema registry), poller and delivery to the committer.
 */
export class AssignedPartitions {
  readonly #run: RunParts
  readonly #queues: readonly PartitionQueue[]
  readonly #committer: Committer
  readonly #poller: Poller
  readonly #decoder: RecordDecoder | undefined
  readonly #fetcher: Fetcher

  constructor(run: RunParts, { committed, partitions }: StartOffsets) {
    const { deps, member, status, cluster } = run
    this.#run = run
    this.#queues = partitions.map(
      ({ partition, offset, end }) => new PartitionQueue(this.#topic, partition, offset, end),
    )
    this.#committer = new Committer(committed, member, status, deps.clock)
    this.#poller = this.#newPoller()
    this.#decoder = this.#newDecoder()
    this.#fetcher = new Fetcher(cluster, {
      fetched: () => this.#poller.poll(),
      outOfRange: (queue) => this.#seek(queue),
      topic: (topic) => run.metadataReceived(topic),
      problem: (error) => status.report('fetch', error),
    })
  }

  start(): void {
    const decoder = this.#decoder
    const sources =
      decoder === undefined ? this.#queues : this.#queues.map((queue) => new DecodedSource(queue, decoder))
    this.#poller.start(sources, () => this.#fetcher.pump())
    const { min, max } = partitionBufferBytes
    const share = maxBufferedBytes / Math.max(1, this.#queues.length)
    const bufferBytes = Math.min(max, Math.max(min, share))
    this.#fetcher.start(this.#queues, { isolation: 'read_uncommitted', bufferBytes })
  }

  /** Resolves when running batches have ended and their offsets are committed. */
  async stop(): Promise<void> {
    this.#fetcher.stop()
    this.#decoder?.stop()
    await this.#poller.stop()
    await this.#committer.finish(commitWithinMs)
  }

  /** Drops pending commits, because their offsets belong to a deleted topic. */
  abandonCommits(): void {
    this.#committer.abandon()
  }

  /** Requests end offsets, because fetches pause while a function is behind. */
  async lag(): Promise<ReadonlyMap<number, number>> {
    const ends = await this.#endOffsets()
    return new Map(
      this.#queues.map(({ partition, position, highWatermark }) => {
        const committed = this.#committer.committed.get(partition) ?? position
        return [partition, Math.max(0, (ends.get(partition) ?? highWatermark) - committed)]
      }),
    )
  }

  /** Returns an empty map when the request fails. */
  async #endOffsets(): Promise<ReadonlyMap<number, number>> {
    const { cluster, status } = this.#run
    try {
      const partitions = this.#queues.map(({ partition }) => partition)
      const ends = await offsetsAt(cluster, this.#topic, partitions, { type: 'LATEST' })
      status.report('lag', undefined)
      return ends
    } catch (error) {
      status.report('lag', error)
      return new Map()
    }
  }

  #newPoller(): Poller {
    const { deps, envelope, status, changeable } = this.#run
    const { clock, invoked, maxBackoffMs, sendOnFailure, mapping } = deps
    const { settings, uuid } = mapping
    const { filter, provisioned } = settings
    const { maxConcurrency } = invoked.settings
    const committer = this.#committer
    return new Poller({
      clock,
      envelope,
      status,
      committer,
      delivery: new BatchDelivery({
        ...{ clock, maxBackoffMs, sendOnFailure, invoked, uuid, committer, status },
        policy: settings,
      }),
      settings: () => ({
        ...changeable,
        filter,
        isProvisioned: provisioned !== undefined,
        maxConcurrentBatches: Math.min(provisioned?.maximumPollers ?? maxConcurrency, maxConcurrency),
      }),
    })
  }

  #newDecoder(): RecordDecoder | undefined {
    const { deps, status } = this.#run
    const { schemaRegistry, settings } = deps.mapping
    const { schemas } = settings
    if (schemaRegistry === undefined || schemas === undefined) return undefined
    return new RecordDecoder(schemas, schemaRegistry, {
      clock: deps.clock,
      ready: () => this.#poller.poll(),
      problem: (error) => status.report('schema registry', error),
      rejected: (reason, { offset }) =>
        status.log(`: record ${offset} of ${this.#topic} is not delivered: ${reason}`),
    })
  }

  async #seek(queue: PartitionQueue): Promise<void> {
    const { cluster, deps, status } = this.#run
    const { partition, fetchOffset } = queue
    const offset = await offsetInLog(cluster, deps.mapping.settings, partition, fetchOffset)
    if (offset === undefined) return
    queue.seek(offset)
    status.log(`[${partition}]: the log does not have offset ${fetchOffset}; continuing at ${offset}`)
  }

  get #topic(): string {
    return this.#run.deps.mapping.settings.topic
  }
}
