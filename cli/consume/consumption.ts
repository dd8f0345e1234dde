/** One run of `books consume`: finds the partitions, reads them, and prints until it is done. */
import { setTimeout as delay } from 'node:timers/promises'
import type { AppError } from '../../lib/errors.ts'
import type { Connection } from '../../lib/kafka/client.ts'
import type { Isolation } from '../../lib/kafka/consumer.ts'
import type { Cluster } from '../../local/kafka-event-source/kafka/cluster.ts'
import { clusterError, openCluster, refusalBehind } from '../cluster.ts'
import type { Terminal } from '../terminal.ts'
import { type AssignedPartition, GroupMember } from './group-member.ts'
import { nameOf, type PartitionLog } from './partition-log.ts'
import { logsFrom, type Range } from './positions.ts'
import { RecordFetcher } from './record-fetcher.ts'
import type { RecordFormat } from './record-format.ts'
import { RecordPrinter } from './record-printer.ts'
import type { Start } from './start.ts'
import { selected, type TopicSelection } from './topic-selection.ts'

export type Plan = {
  readonly selection: TopicSelection
  readonly partition: number | undefined
  /** With a group: where a partition begins that has no committed offset. */
  readonly start: Start
  readonly untilEnd: boolean
  readonly isolation: Isolation
  readonly group: string | undefined
  readonly commits: boolean
  /** How many messages at most. */
  readonly max: number | undefined
  readonly format: RecordFormat
}

/** How often it is looked for new topics and partitions. */
const lookMs = 2_000
const commitMs = 1_000
/** What has an end is given up after this time without an answer; what follows waits for the cluster to come back. */
const giveUpMs = 60_000

const beginning: Start = { kind: 'beginning' }

/**
 * Resolves when everything asked for is printed, or `stopping`, or nobody reads any more.
 * @throws TOPIC_MISSING, NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function consume(
  plan: Plan,
  connection: Connection,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<void> {
  const cluster = await openCluster(connection)
  try {
    await new Consumption(plan, cluster, terminal, stopping).run(connection)
  } catch (error) {
    throw await refusalBehind(error, connection)
  } finally {
    await cluster.close()
  }
}

class Consumption {
  readonly #plan: Plan
  readonly #cluster: Cluster
  readonly #printer: RecordPrinter
  readonly #terminal: Terminal
  readonly #fetcher: RecordFetcher
  readonly #stopping: AbortSignal
  readonly #over = new AbortController()
  readonly #known = new Map<string, number>()
  readonly #late = new Set<string>()
  #member: GroupMember | undefined
  #isSettled = false
  #isInTrouble = false
  #failure: unknown

  constructor(plan: Plan, cluster: Cluster, terminal: Terminal, stopping: AbortSignal) {
    this.#plan = plan
    this.#cluster = cluster
    this.#printer = new RecordPrinter(terminal, plan.format, plan.max)
    this.#terminal = terminal
    this.#stopping = stopping
    this.#fetcher = new RecordFetcher(cluster, plan.isolation, {
      fetched: (log, fetched) => this.#printer.print(log, fetched),
      skipped: (log, from) =>
        terminal.tell(`${nameOf(log)} lost what came next: reading goes on at its first offset, ${from}.`),
      trouble: (error) => this.#trouble(error),
    })
  }

  async run(connection: Connection): Promise<void> {
    const { group, untilEnd } = this.#plan
    this.#stopping.addEventListener('abort', () => this.#fetcher.wake())
    try {
      if (group !== undefined) this.#member = await GroupMember.open(connection, group, this.#groupListener())
      await this.#look(this.#plan.start)
      const background = [this.#lookAgain(), this.#commitAgain()]
      await this.#fetcher.run(() => this.#isDone, untilEnd ? giveUpMs : Number.POSITIVE_INFINITY)
      this.#over.abort()
      await Promise.all(background)
      if (this.#failure) throw this.#failure
      if (!this.#printer.isClosed) await this.#commit()
    } finally {
      this.#over.abort()
      await this.#member?.close()
    }
  }

  get #isDone(): boolean {
    if (this.#failure || this.#stopping.aborted || this.#printer.isDone) return true
    return this.#plan.untilEnd && this.#isSettled && this.#fetcher.isAtEnd
  }

  #trouble(error: AppError | undefined): void {
    if (error && !this.#isInTrouble) this.#terminal.tell(`${error.message} Trying again …`)
    if (!error && this.#isInTrouble) this.#terminal.tell('Reading goes on.')
    this.#isInTrouble = error !== undefined
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#fetcher.wake()
  }

  /** Finds topics and partitions that are not read yet. */
  async #look(start: Start): Promise<void> {
    const { selection, partition } = this.#plan
    const asked = selection.kind === 'names' ? selection.names : 'all'
    const metadata = await this.#cluster.metadataOf(asked).catch((error) => {
      throw clusterError(error, 'Looking for topics')
    })
    const added: Range[] = []
    for (const { topic, partitions } of selected(selection, metadata, partition)) {
      const known = this.#known.get(topic) ?? 0
      if (partitions.length <= known) continue
      this.#known.set(topic, partitions.length)
      added.push({ topic, partitions: partitions.slice(known) })
    }
    if (this.#member) this.#subscribe(added, start)
    else await this.#assign(added, start)
  }

  /** What appears later is read from its beginning: nothing of it was there before. */
  async #lookAgain(): Promise<void> {
    const { signal } = this.#over
    while (await delay(lookMs, true, { signal }).catch(() => false)) {
      try {
        await this.#look(beginning)
      } catch (error) {
        // The fetcher says that the cluster is away.
        if (clusterError(error, 'Looking for topics').code !== 'KAFKA_UNAVAILABLE') this.#fail(error)
      }
    }
  }

  async #assign(ranges: readonly Range[], start: Start): Promise<void> {
    const { untilEnd, isolation } = this.#plan
    const logs = await Promise.all(
      ranges.map((range) => logsFrom(this.#cluster, range, start, untilEnd, isolation)),
    ).catch((error) => {
      throw clusterError(error, 'Asking for offsets')
    })
    this.#fetcher.add(logs.flat())
    this.#isSettled = true
  }

  #subscribe(added: readonly Range[], start: Start): void {
    if (start === beginning) for (const { topic } of added) this.#late.add(topic)
    if (added.length > 0) this.#member!.subscribe([...this.#known.keys()])
    else if (this.#known.size === 0) this.#isSettled = true
  }

  #groupListener() {
    return {
      assigned: (partitions: readonly AssignedPartition[]) => this.#resume(partitions),
      revoked: async () => {
        const logs = [...this.#fetcher.logs]
        await this.#fetcher.remove(logs)
        await this.#commit(logs)
      },
      failed: (error: unknown) => this.#fail(error),
    }
  }

  /** Goes on where the group left off. */
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
        log!.fetchOffset = resumed.offset
        log!.position = resumed.offset
      }
      logs.push(log!)
    }
    this.#fetcher.add(logs)
    this.#isSettled = true
    this.#fetcher.wake()
  }

  async #commitAgain(): Promise<void> {
    const { signal } = this.#over
    while (await delay(commitMs, true, { signal }).catch(() => false)) {
      // A group that is sharing out its partitions anew takes no commits; what is given up is committed then.
      await this.#commit().catch((error) => this.#trouble(error))
    }
  }

  async #commit(logs: readonly PartitionLog[] = [...this.#fetcher.logs]): Promise<void> {
    if (this.#plan.commits) await this.#member?.commit(logs)
  }
}
