import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterSettings, withCluster } from '../../../books/cluster.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { kafkaError } from '../../../kafka/cluster/kafka-error.ts'
import { Fetcher } from '../../../kafka/consumer/fetcher.ts'
import { offsetsAt } from '../../../kafka/consumer/offsets.ts'
import type { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'
import type { Isolation } from '../../../kafka/protocol/fetch.ts'
import { UnreadableBatchError } from '../../../kafka/records/unreadable-batch.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { type AssignedPartition, NativeGroupMember } from './native-group-member.ts'
import { isAtEnd, type PartitionLog } from './partition-log.ts'
import { logsFrom, type OffsetRange } from './positions.ts'
import type { RecordFormat } from './record-format.ts'
import { RecordPrinter } from './record-printer.ts'
import type { StartPosition } from './start.ts'
import { selected, type TopicSelection } from './topic-selection.ts'

export type ConsumePlan = {
  readonly selection: TopicSelection
  readonly partition: number | undefined
  /** In a group, applies only to partitions without a committed offset. */
  readonly start: StartPosition
  readonly untilEnd: boolean
  readonly isolation: Isolation
  readonly group: string | undefined
  readonly commits: boolean
  readonly max: number | undefined
  readonly format: RecordFormat
}

const metadataRefreshMs = 2_000
const commitMs = 1_000
/** Maximum time without a response when reading to an end. */
const maxOutageMs = 60_000
const bufferBytes = 4 * 1024 * 1024

const beginning: StartPosition = { kind: 'beginning' }

/**
 * Resolves when all is printed, `stopping` is aborted, or standard output is closed.
 * @throws TOPIC_MISSING, NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED, RECORDS_UNREADABLE
 */
export function consume(
  plan: ConsumePlan,
  settings: ClusterSettings,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<void> {
  return withCluster(settings, (cluster) => new Consumption(plan, cluster, terminal, stopping).run(settings))
}

class Consumption {
  readonly #plan: ConsumePlan
  readonly #cluster: Cluster
  readonly #printer: RecordPrinter
  readonly #terminal: Terminal
  readonly #fetcher: Fetcher
  readonly #stopping: AbortSignal
  readonly #over = new AbortController()
  readonly #logs = new Set<PartitionLog>()
  /** Partition count by topic. */
  readonly #known = new Map<string, number>()
  /** Topics created after the start. */
  readonly #late = new Set<string>()
  #member: NativeGroupMember | undefined
  #isAssigned = false
  #isStartIgnored = false
  #failingSince: number | undefined
  #isFailureReported = false
  #failure: unknown
  #wake: () => void = () => undefined
  #hasNewRecords = false
  #printing: Promise<void> = Promise.resolve()

  constructor(plan: ConsumePlan, cluster: Cluster, terminal: Terminal, stopping: AbortSignal) {
    this.#plan = plan
    this.#cluster = cluster
    this.#printer = new RecordPrinter(terminal, plan.format, plan.max)
    this.#terminal = terminal
    this.#stopping = stopping
    this.#fetcher = new Fetcher(cluster, {
      fetched: () => this.#notify(),
      outOfRange: (queue) => this.#toLogStart(queue),
      problem: (error) => this.#report(error),
    })
  }

  async run(settings: ClusterSettings): Promise<void> {
    const { group } = this.#plan
    this.#stopping.addEventListener('abort', () => this.#notify())
    try {
      if (group !== undefined)
        this.#member = await NativeGroupMember.open(settings, group, this.#groupListener())
      await this.#addPartitions(this.#plan.start)
      const background = [
        this.#repeat(metadataRefreshMs, () => this.#addNewPartitions()),
        // The broker rejects commits during a rebalance. Revoked partitions are committed by `revoked`.
        this.#repeat(commitMs, () => this.#commit().catch((error) => this.#report(error))),
      ]
      while (!this.#isDone) {
        await this.#untilNotified()
        this.#printing = this.#print()
        await this.#printing
        this.#fetcher.pump()
      }
      this.#over.abort()
      await Promise.all(background)
      if (this.#failure) throw this.#failure
      if (!this.#printer.isClosed) await this.#commit()
    } finally {
      this.#over.abort()
      this.#fetcher.stop()
      await this.#member?.close()
    }
  }

  get #isDone(): boolean {
    if (this.#failure || this.#stopping.aborted || this.#printer.isDone) return true
    return this.#plan.untilEnd && this.#isAssigned && [...this.#logs].every(isAtEnd)
  }

  /** Resolves when there may be records or state changes. */
  async #untilNotified(): Promise<void> {
    if (!this.#hasNewRecords) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#hasNewRecords = false
  }

  #notify(): void {
    this.#hasNewRecords = true
    this.#wake()
  }

  async #print(): Promise<void> {
    for (const log of this.#logs) {
      if (this.#printer.isDone) return
      if (isAtEnd(log)) continue
      await this.#printer.print(log).catch((error) => {
        throw error instanceof UnreadableBatchError ? kafkaError(error, 'Reading') : error
      })
    }
  }

  /** Reports a retryable failure once; any other failure ends the run. Undefined means success. */
  #report(error: unknown): void {
    if (error === undefined) {
      if (this.#isFailureReported) this.#terminal.info('Reading continues.')
      this.#isFailureReported = false
      this.#failingSince = undefined
      return
    }
    const failure = kafkaError(error, 'Reading')
    this.#failingSince ??= Date.now()
    const limitMs = this.#plan.untilEnd ? maxOutageMs : Number.POSITIVE_INFINITY
    if (failure.code !== 'KAFKA_UNAVAILABLE' || Date.now() - this.#failingSince > limitMs) this.#fail(failure)
    else if (!this.#isFailureReported) {
      this.#terminal.info(`${failure.message} Retrying …`)
      this.#isFailureReported = true
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#notify()
  }

  async #toLogStart(queue: PartitionQueue): Promise<void> {
    const starts = await offsetsAt(this.#cluster, queue.topic, [queue.partition], { type: 'TRIM_HORIZON' })
    const from = starts.get(queue.partition) ?? 0
    queue.seek(from)
    this.#terminal.info(
      `${queue.name} no longer has the next message. Reading continues at its first offset, ${from}.`,
    )
  }

  #add(logs: readonly PartitionLog[]): void {
    for (const log of logs) this.#logs.add(log)
    this.#restartFetcher()
  }

  #restartFetcher(): void {
    const queues = [...this.#logs].filter((log) => !isAtEnd(log)).map(({ queue }) => queue)
    this.#fetcher.start(queues, { isolation: this.#plan.isolation, bufferBytes })
    this.#notify()
  }

  async #addPartitions(start: StartPosition): Promise<void> {
    const { selection, partition } = this.#plan
    const requested = selection.kind === 'names' ? selection.names : 'all'
    const metadata = await this.#cluster.metadata(requested).catch((error) => {
      throw kafkaError(error, 'Looking up topics')
    })
    const added: OffsetRange[] = []
    for (const { topic, partitions } of selected(selection, metadata, partition)) {
      const known = this.#known.get(topic) ?? 0
      if (partitions.length <= known) continue
      this.#known.set(topic, partitions.length)
      added.push({ topic, partitions: partitions.slice(known) })
    }
    if (this.#member) this.#subscribe(added, start)
    else await this.#assign(added, start)
  }

  async #repeat(everyMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#over
    while (await delay(everyMs, true, { signal }).catch(() => false)) await work()
  }

  /** Reads new partitions from the beginning: all of their records are new. */
  async #addNewPartitions(): Promise<void> {
    try {
      await this.#addPartitions(beginning)
    } catch (error) {
      // The fetcher reports unavailability.
      if (!(error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE')) this.#fail(error)
    }
  }

  async #assign(ranges: readonly OffsetRange[], start: StartPosition): Promise<void> {
    if (ranges.length > 0) {
      const { untilEnd, isolation } = this.#plan
      const logs = await Promise.all(
        ranges.map((range) => logsFrom(this.#cluster, range, start, untilEnd, isolation)),
      ).catch((error) => {
        throw kafkaError(error, 'Looking up offsets')
      })
      this.#add(logs.flat())
    }
    this.#isAssigned = true
    this.#notify()
  }

  #subscribe(added: readonly OffsetRange[], start: StartPosition): void {
    if (start === beginning) for (const { topic } of added) this.#late.add(topic)
    if (added.length > 0) this.#member!.subscribe([...this.#known.keys()])
    else if (this.#known.size === 0) this.#isAssigned = true
    this.#notify()
  }

  #groupListener() {
    return {
      assigned: (partitions: readonly AssignedPartition[]) => this.#resume(partitions),
      revoked: async () => {
        const logs = [...this.#logs]
        this.#logs.clear()
        this.#isAssigned = false
        this.#fetcher.stop()
        await this.#printing
        await this.#commit(logs)
      },
      failed: (error: unknown) => this.#fail(error),
    }
  }

  async #resume(partitions: readonly AssignedPartition[]): Promise<void> {
    const { untilEnd, isolation, start } = this.#plan
    const committed = await this.#member!.committed(partitions)
    const logs: PartitionLog[] = []
    for (const { topic, partition } of partitions) {
      const range = { topic, partitions: [partition] }
      const from = this.#late.has(topic) ? beginning : start
      const [log] = await logsFrom(this.#cluster, range, from, untilEnd, isolation)
      const resumed = committed.find((each) => each.topic === topic && each.partition === partition)
      if (resumed) {
        this.#noteIgnoredStart()
        log!.queue.seek(resumed.offset)
        log!.position = resumed.offset
      }
      logs.push(log!)
    }
    this.#isAssigned = true
    this.#add(logs)
  }

  #noteIgnoredStart(): void {
    const { start, group } = this.#plan
    if (start.kind === 'end' || this.#isStartIgnored) return
    this.#isStartIgnored = true
    this.#terminal.info(
      `--from-beginning is ignored: the group ${group} has committed offsets. Move them: npm run books -- groups reset ${group} --to-earliest`,
    )
  }

  async #commit(logs: readonly PartitionLog[] = [...this.#logs]): Promise<void> {
    if (this.#plan.commits) await this.#member?.commit(logs)
  }
}
