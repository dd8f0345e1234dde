import { fixedAccess } from '../../../kafka/access/access.ts'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { Fetcher } from '../../../kafka/consumer/fetcher.ts'
import { GroupMember } from '../../../kafka/consumer/group-member.ts'
import { offsetsAt } from '../../../kafka/consumer/offsets.ts'
import { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../../../kafka/protocol/errors.ts'
import { createTopicRequest } from '../../../kafka/protocol/topics.ts'
import { messageOf } from '../../../lib/errors.ts'
import { EventEnvelope } from '../batch/event-envelope.ts'
import { DecodedSource } from '../schema/decoded-source.ts'
import { RecordDecoder } from '../schema/record-decoder.ts'
import { sleep } from './clock.ts'
import { Committer } from './committer.ts'
import { Delivery } from './delivery.ts'
import type { EventSourceMapping, MappingDeps } from './event-source-mapping.ts'
import { Poller } from './poller.ts'
import type { Troubles } from './troubles.ts'

const latest = { type: 'LATEST' } as const
const topicRetryMs = 1_000
const createTimeoutMs = 10_000
const flushMs = 5_000
const bufferedBytesInAll = 32 * 1024 * 1024
const bufferedBytesAtMost = 4 * 1024 * 1024
const bufferedBytesAtLeast = 256 * 1024
/** A rebalance waits for a running batch this long beyond the function's time-out. */
const rebalanceMarginMs = 10_000

/** One run of a mapping, from enable to disable: joins its group, fetches, polls, delivers and commits. */
export class MappingRun {
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
  readonly #decoder: RecordDecoder | undefined
  #queues: PartitionQueue[] = []
  #committer: Committer | undefined
  /** Last processing result while a partition has unreadable records. */
  #unreadable: string | undefined
  #seen: { readonly topicId: string; readonly partitions: number } | undefined

  constructor(deps: MappingDeps, state: EventSourceMapping, troubles: Troubles, onEnabled: () => void) {
    const { mapping, access, clock, invoked } = deps
    const { settings, functionKey, groupId } = mapping
    const { topic } = settings
    const { counters, changeable } = state
    const rebalanceTimeoutMs = invoked.settings.timeoutMs + rebalanceMarginMs
    this.#deps = deps
    this.#state = state
    this.#troubles = troubles
    this.#onEnabled = onEnabled
    this.#cluster = new Cluster({
      brokers: access.brokers,
      access: fixedAccess(access),
      clientId: `lambda-${functionKey}`,
    })
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
        invoked.invoke(event, { requestId, stickyKey: `${mapping.uuid}/${partition}` }),
      sendOnFailure: (givenUp) => deps.sendOnFailure(givenUp),
      commit,
      processed: (result) => {
        state.lastProcessingResult = result === 'OK' ? (this.#unreadable ?? result) : result
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
        maxBatches: Math.min(
          settings.provisioned?.maximumPollers ?? Infinity,
          invoked.settings.maxConcurrency,
        ),
      }),
      deliver: (batch, aborted) => delivery.deliver(batch, aborted),
      discard: (batch, condition, aborted) => delivery.discard(batch, condition, aborted),
      commit,
      unreadable: (partition, error) => {
        counters.PollingErrorCount++
        this.#unreadable = `PROBLEM: ${messageOf(error)}`
        state.lastProcessingResult = this.#unreadable
        troubles.report(`records of ${partition}`, error)
      },
      consumed: () => this.#fetcher.pump(),
    })
    this.#fetcher = new Fetcher(this.#cluster, {
      fetched: () => this.#poller.poll(),
      outOfRange: (queue) => this.#outOfRange(queue),
      topic: (seen) => this.#topicSeen(seen.id, seen.partitions.length),
      problem: (error) => {
        if (error !== undefined) counters.PollingErrorCount++
        troubles.report('fetch', error)
      },
    })
    this.#decoder = this.#newDecoder()
    this.#starting = this.#start()
  }

  #newDecoder(): RecordDecoder | undefined {
    const { clock, schemaRegistry, mapping } = this.#deps
    const { schemas, topic } = mapping.settings
    if (schemaRegistry === undefined || schemas === undefined) return undefined
    return new RecordDecoder(schemas, schemaRegistry, {
      clock,
      ready: () => this.#poller.poll(),
      trouble: (error) => {
        if (error !== undefined) this.#state.counters.SchemaRegistryErrorCount++
        this.#troubles.report('schema registry', error)
      },
      refused: (reason, { offset }) =>
        this.#say(`: record ${offset} of ${topic} is not delivered: ${reason}`),
    })
  }

  /** Requests end offsets, because fetches, which return them too, pause while a function is behind. */
  async lag(): Promise<Map<number, number>> {
    const queues = this.#queues
    const ends = await this.#endsOf(queues.map(({ partition }) => partition))
    return new Map(
      queues.map(({ partition, position, highWatermark }) => {
        const done = this.#committer?.committed.get(partition) ?? position
        return [partition, Math.max(0, (ends.get(partition) ?? highWatermark) - done)]
      }),
    )
  }

  /** Returns an empty map when the request fails. */
  async #endsOf(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    try {
      const ends = await offsetsAt(this.#cluster, this.#deps.mapping.settings.topic, partitions, latest)
      this.#troubles.report('lag', undefined)
      return ends
    } catch (error) {
      this.#troubles.report('lag', error)
      return new Map()
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#decoder?.stop()
    await this.#starting
    await this.#member.leave()
    this.#cluster.close()
  }

  async #start(): Promise<void> {
    if (await this.#topicExists()) this.#member.start()
  }

  /** Waits for the topic, or creates it. @returns false after a stop */
  async #topicExists(): Promise<boolean> {
    const { clock, createTopics, mapping } = this.#deps
    const { topic } = mapping.settings
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const { topics } = await this.#cluster.metadata([topic])
        if (topics.has(topic)) {
          this.#troubles.report('topic', undefined)
          return true
        }
        if (createTopics === undefined) {
          const advice = 'create it, or set custom.kafkaEventSource.createTopics'
          throw new ProtocolError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `topic ${topic}`, advice)
        }
        await this.#cluster.sendToController(
          createTopicRequest({ name: topic, configs: {}, ...createTopics }, createTimeoutMs),
        )
      } catch (error) {
        if (!isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) this.#troubles.report('topic', error)
      }
      await sleep(clock, topicRetryMs, signal)
    }
    return false
  }

  async #assigned(partitions: readonly number[]): Promise<void> {
    const { groupId, settings } = this.#deps.mapping
    const { topic, startingPosition } = settings
    const committed = await this.#member.committedOffsets(partitions)
    const ends = await offsetsAt(this.#cluster, topic, partitions, latest)
    for (const [partition, offset] of committed) {
      // The offset belongs to another log: the topic was re-created or truncated.
      if (offset > ends.get(partition)!) committed.delete(partition)
    }
    const fresh = partitions.filter((partition) => !committed.has(partition))
    const starts =
      fresh.length === 0
        ? new Map<number, number>()
        : await offsetsAt(this.#cluster, topic, fresh, startingPosition)
    this.#unreadable = undefined
    this.#queues = partitions.map((partition) => {
      const offset = committed.get(partition) ?? starts.get(partition) ?? 0
      return new PartitionQueue(topic, partition, offset, ends.get(partition))
    })
    this.#committer = this.#newCommitter(committed)
    const decoder = this.#decoder
    this.#poller.assign(
      decoder === undefined ? this.#queues : this.#queues.map((queue) => new DecodedSource(queue, decoder)),
    )
    const share = bufferedBytesInAll / Math.max(1, partitions.length)
    const bufferBytes = Math.min(bufferedBytesAtMost, Math.max(bufferedBytesAtLeast, share))
    this.#fetcher.start(this.#queues, { isolation: 'read_uncommitted', bufferBytes })
    this.#say(`[${partitions.join(', ')}]: reading, group ${groupId}`)
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

  /**
   * Continues at the log's start when retention deleted the records. An offset past the end belongs to another log:
   * continues at the starting position.
   */
  async #outOfRange(queue: PartitionQueue): Promise<void> {
    const { topic, startingPosition } = this.#deps.mapping.settings
    const { partition, fetchOffset: before } = queue
    const starts = await offsetsAt(this.#cluster, topic, [partition], { type: 'TRIM_HORIZON' })
    const start = starts.get(partition) ?? 0
    const at =
      before < start
        ? start
        : (await offsetsAt(this.#cluster, topic, [partition], startingPosition)).get(partition)
    if (at === undefined) return
    queue.seek(at)
    this.#say(`[${partition}]: the log does not have offset ${before}; continuing at ${at}`)
  }

  /** Rejoins the group after a change of partition count or topic id. Drops pending commits of a re-created topic. */
  #topicSeen(topicId: string, partitions: number): void {
    const before = this.#seen
    this.#seen = { topicId, partitions }
    if (before === undefined) return
    // Brokers before Kafka 2.8 report no id.
    const isRecreated = before.topicId !== topicId && before.topicId !== '' && topicId !== ''
    if (!isRecreated && before.partitions === partitions) return
    if (isRecreated) {
      this.#committer?.abandon()
      this.#say(': the topic was re-created')
    }
    this.#member.rejoin()
  }

  #say(what: string): void {
    const { log, mapping } = this.#deps
    log(`${mapping.functionKey} ← ${mapping.settings.topic}${what}`)
  }
}
