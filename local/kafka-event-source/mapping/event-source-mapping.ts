import type { ContainerPool } from '../../containers/index.ts'
import { EventEnvelope, type EventSource } from '../batch/event-envelope.ts'
import { Cluster } from '../kafka/cluster.ts'
import type { ClusterAccess } from '../kafka/connection-options.ts'
import { createTopic, type NewTopic } from '../kafka/create-topic.ts'
import type { FetchedPartition } from '../kafka/fetch.ts'
import { Fetcher } from '../kafka/fetcher.ts'
import { GroupMember } from '../kafka/group-member.ts'
import { offsetsAt } from '../kafka/offsets.ts'
import { PartitionQueue } from '../kafka/partition-queue.ts'
import type { ServiceMapping } from '../settings/read-mappings.ts'
import { type Clock, sleep } from './clock.ts'
import { Committer } from './committer.ts'
import { noCounts } from './counters.ts'
import { Delivery, type GivenUp } from './delivery.ts'
import { Poller } from './poller.ts'
import { Troubles } from './troubles.ts'

/** What can be changed while it runs, as with `UpdateEventSourceMapping`. */
export type Changeable = { batchSize: number; windowMs: number }

export type MappingDeps = {
  readonly mapping: ServiceMapping
  readonly access: ClusterAccess
  readonly source: EventSource
  readonly functionArn: string
  readonly pool: ContainerPool
  readonly clock: Clock
  readonly createTopics: NewTopic | undefined
  readonly longestBackoffMs: number
  sendOnFailure(givenUp: GivenUp): Promise<boolean | undefined>
  log(line: string): void
}

/** As the Lambda API names them. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled'

const topicRetryMs = 1_000
const flushMs = 5_000
const bufferedBytesInAll = 32 * 1024 * 1024
const bufferedBytesAtMost = 4 * 1024 * 1024
const bufferedBytesAtLeast = 256 * 1024
/** Others in the group wait for a running batch this much longer than the function's own time-out. */
const rebalanceMarginMs = 10_000

/** Reads one topic in a consumer group of its own and delivers its records to one function. */
export class EventSourceMapping {
  readonly counters = noCounts()
  readonly mapping: ServiceMapping
  readonly source: EventSource
  readonly functionArn: string
  readonly changeable: Changeable
  lastModified: Date
  lastProcessingResult = 'No records processed'
  readonly #deps: MappingDeps
  readonly #troubles: Troubles
  readonly #subject: string
  #state: MappingState
  #run: Run | undefined
  #changing: Promise<void> = Promise.resolve()

  constructor(deps: MappingDeps) {
    const { mapping, clock, log } = deps
    this.#deps = deps
    this.mapping = mapping
    this.source = deps.source
    this.functionArn = deps.functionArn
    this.changeable = { batchSize: mapping.settings.batchSize, windowMs: mapping.settings.windowMs }
    this.lastModified = new Date(clock.now())
    this.#subject = `${mapping.functionKey} ← ${mapping.settings.topic}`
    this.#troubles = new Troubles(clock, (line) => log(`${this.#subject}: ${line}`))
    this.#state = mapping.settings.enabled ? 'Creating' : 'Disabled'
    if (!mapping.settings.enabled) log(`${this.#subject} is disabled`)
  }

  get state(): MappingState {
    return this.#state
  }

  get stateReason(): string | undefined {
    return this.#troubles.stateReason
  }

  /** Records between what is committed and the end of the log, by partition. */
  get lag(): ReadonlyMap<number, number> {
    return this.#run?.lag ?? new Map()
  }

  start(): void {
    if (this.mapping.settings.enabled) void this.enable()
  }

  /** Begins to read; what stands in the way is logged and tried again. Idempotent. */
  enable(): Promise<void> {
    if (this.#state !== 'Creating' && this.#state !== 'Enabled') this.#state = 'Enabling'
    return this.#change(() => {
      this.#run ??= new Run(this.#deps, this, this.#troubles, () => {
        this.#state = 'Enabled'
      })
    })
  }

  /** Resolves when running batches have ended, offsets are committed and the group is left. Idempotent. */
  disable(): Promise<void> {
    if (this.#state !== 'Disabled') this.#state = 'Disabling'
    return this.#change(async () => {
      await this.#run?.stop()
      this.#run = undefined
      this.#state = 'Disabled'
    })
  }

  /** One change at a time. */
  #change(change: () => void | Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(change)
    return this.#changing
  }
}

/** From enabling to disabling. */
class Run {
  readonly #deps: MappingDeps
  readonly #state: EventSourceMapping
  readonly #troubles: Troubles
  readonly #onEnabled: () => void
  readonly #stopping = new AbortController()
  readonly #cluster: Cluster
  readonly #poller: Poller
  readonly #fetcher: Fetcher
  readonly #member: GroupMember
  readonly #starting: Promise<void>
  #queues: PartitionQueue[] = []
  #committer: Committer | undefined
  #partitionCount = 0

  constructor(deps: MappingDeps, state: EventSourceMapping, troubles: Troubles, onEnabled: () => void) {
    const { mapping, access, clock, pool } = deps
    const { settings, functionKey, groupId } = mapping
    const { topic } = settings
    const { counters, changeable } = state
    const rebalanceTimeoutMs = pool.settings.timeoutMs + rebalanceMarginMs
    this.#deps = deps
    this.#state = state
    this.#troubles = troubles
    this.#onEnabled = onEnabled
    this.#cluster = new Cluster(`lambda-${functionKey}`, access, rebalanceTimeoutMs + 30_000)
    this.#member = new GroupMember(
      this.#cluster,
      { groupId, topic, rebalanceTimeoutMs },
      {
        assigned: (partitions) => this.#assigned(partitions),
        revoked: () => this.#revoked(),
        problem: (error) => troubles.report('group', error),
      },
    )
    const commit = (offsets: ReadonlyMap<number, number>) => this.#committer?.add(offsets)
    const delivery = new Delivery({
      label: functionKey,
      clock,
      counters,
      longestBackoffMs: deps.longestBackoffMs,
      policy: () => settings,
      invoke: (event, requestId, partition) =>
        pool.invoke(event, { requestId, stickyKey: `${mapping.uuid}/${partition}` }),
      sendOnFailure: (givenUp) => deps.sendOnFailure(givenUp),
      commit,
      processed: (result) => {
        state.lastProcessingResult = result
      },
      log: (line) => deps.log(line),
    })
    this.#poller = new Poller({
      clock,
      counters,
      envelope: new EventEnvelope(deps.source, topic),
      settings: () => ({
        ...changeable,
        filter: settings.filter,
        isProvisioned: settings.provisioned !== undefined,
        maxBatches: Math.min(settings.provisioned?.maximumPollers ?? Infinity, pool.settings.maxConcurrency),
      }),
      deliver: (batch, aborted) => delivery.deliver(batch, aborted),
      discard: (batch, aborted) => delivery.discard(batch, aborted),
      commit,
      unreadable: (partition, error) => troubles.report(`records of ${partition}`, error),
      consumed: () => this.#fetcher.pump(),
    })
    this.#fetcher = new Fetcher(this.#cluster, topic, {
      fetched: () => this.#poller.poll(),
      outOfRange: (queue, log) => this.#outOfRange(queue, log),
      partitions: (count) => {
        if (this.#partitionCount > 0 && count > this.#partitionCount) this.#member.rejoin()
        this.#partitionCount = count
      },
      problem: (error) => {
        if (error !== undefined) counters.PollingErrorCount++
        troubles.report('fetch', error)
      },
    })
    this.#starting = this.#start()
  }

  get lag(): Map<number, number> {
    return new Map(
      this.#queues.map((queue) => {
        const done = this.#committer?.committed.get(queue.partition) ?? queue.position
        return [queue.partition, Math.max(0, queue.highWatermark - done)]
      }),
    )
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#starting
    await this.#member.leave()
    await this.#cluster.close()
  }

  async #start(): Promise<void> {
    if (await this.#topicExists()) this.#member.start()
  }

  /** Waits for the topic, or creates it. @returns false when stopped meanwhile */
  async #topicExists(): Promise<boolean> {
    const { clock, createTopics, mapping } = this.#deps
    const { topic } = mapping.settings
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const { partitions } = await this.#cluster.metadata(topic)
        if (partitions !== undefined) {
          this.#troubles.report('topic', undefined)
          return true
        }
        if (createTopics !== undefined) await createTopic(this.#cluster, topic, createTopics)
        else this.#troubles.report('topic', new Error(`there is no topic ${topic} yet`))
      } catch (error) {
        this.#troubles.report('topic', error)
      }
      await sleep(clock, topicRetryMs, signal)
    }
    return false
  }

  async #assigned(partitions: readonly number[]): Promise<void> {
    const { functionKey, groupId, settings } = this.#deps.mapping
    const { topic, startingPosition } = settings
    const committed = await this.#member.committedOffsets(partitions)
    const fresh = partitions.filter((partition) => !committed.has(partition))
    const starts =
      fresh.length === 0 ? new Map() : await offsetsAt(this.#cluster, topic, fresh, startingPosition)
    this.#queues = partitions.map(
      (partition) => new PartitionQueue(partition, committed.get(partition) ?? starts.get(partition) ?? 0),
    )
    this.#committer = this.#newCommitter(committed)
    this.#poller.assign(this.#queues)
    const share = bufferedBytesInAll / Math.max(1, partitions.length)
    this.#fetcher.start(this.#queues, Math.min(bufferedBytesAtMost, Math.max(bufferedBytesAtLeast, share)))
    this.#deps.log(`${functionKey} ← ${topic}[${partitions.join(', ')}]: reading, group ${groupId}`)
    this.#onEnabled()
  }

  #newCommitter(committed: ReadonlyMap<number, number>): Committer {
    const { counters } = this.#state
    return new Committer(committed, {
      clock: this.#deps.clock,
      commit: (offsets) => this.#member.commit(offsets),
      committed: (offsets) => {
        counters.CommittedEventCount += offsets
        this.#troubles.report('commit', undefined)
      },
      failed: (error) => {
        counters.CommitErrorCount++
        this.#troubles.report('commit', error)
      },
    })
  }

  async #revoked(): Promise<void> {
    this.#fetcher.stop()
    await this.#poller.revoke()
    await this.#committer?.finish(flushMs)
    this.#queues = []
  }

  /** Records that retention has deleted are gone; after the end, the topic is not what it was when we read it. */
  async #outOfRange(queue: PartitionQueue, log: FetchedPartition): Promise<void> {
    const { topic, startingPosition } = this.#deps.mapping.settings
    const before = queue.fetchOffset
    const at =
      before < log.logStartOffset
        ? log.logStartOffset
        : (await offsetsAt(this.#cluster, topic, [queue.partition], startingPosition)).get(queue.partition)
    if (at === undefined) return
    queue.seek(at)
    this.#deps.log(
      `${this.#deps.mapping.functionKey} ← ${topic}[${queue.partition}]: offset ${before} is not in the log any more; going on at ${at}`,
    )
  }
}
