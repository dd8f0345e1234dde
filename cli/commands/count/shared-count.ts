import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import type { Topology } from '../../../books/count/cluster.ts'
import { LogCounter } from '../../../books/count/log-counter.ts'
import type { PartitionOptions } from '../../../books/count/partition-owner.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin } from '../../../kafka/admin.ts'
import { AppError, type ErrorCode } from '../../../lib/errors.ts'
import type { Log } from '../../../lib/log.ts'
import { type ClusterSnapshot, isBehind, positionOf } from './backlog.ts'
import { InterruptibleCluster } from './interruptible-cluster.ts'
import { TakeoverBackoff } from './takeover-backoff.ts'

const pollMs = 250
const partitionsAtOnce = 8
/** Maximum outage after the first successful request. */
const retryLimitMs = 60_000
const retryMs = 1_000
/** Random, so that the command and the function do not fence each other in lockstep. */
const discardRetryMs = () => 200 + Math.random() * 1800
const passing: ReadonlySet<ErrorCode> = new Set(['KAFKA_UNAVAILABLE', 'STATE_BLOCKED'])

export type SharedCountOptions = {
  /** Discards all state first, so that every count is published again. */
  readonly again: boolean
  readonly log: Log
  readonly info: (line: string) => void
  /** Stops between two transactions. */
  readonly signal: AbortSignal
}

type SharedPartition = ReturnType<typeof newPartition>

function newPartition(options: PartitionOptions, again: boolean) {
  return {
    counter: new LogCounter(options),
    backoff: new TakeoverBackoff(),
    /** True until the partition's state is discarded. */
    mustDiscard: again,
    working: false,
    isFencingReported: false,
    failingSinceMs: undefined as number | undefined,
    retryAtMs: 0,
  }
}

/** Counts from the shared state with the function's core. Skips partitions that another counter processes. */
export class SharedCount {
  readonly #config: Config
  readonly #options: SharedCountOptions
  readonly #cluster: InterruptibleCluster
  readonly #admin: Admin
  readonly #state: StateReader
  readonly #partitions: SharedPartition[] = []
  #work: Promise<void>[] = []
  #failure: unknown

  constructor(config: Config, options: SharedCountOptions) {
    this.#config = config
    this.#options = options
    this.#cluster = new InterruptibleCluster(config, options.signal)
    const cluster = openCluster(config)
    this.#admin = new Admin(cluster)
    this.#state = new StateReader(cluster, config.topics)
  }

  get published(): number {
    return this.#cluster.published
  }

  /**
   * Runs until this or another counter has counted the current log; with `follow`, runs until stopped.
   * @param onSnapshot called with each snapshot and whether the log is counted
   * @throws the errors of `LogCounter.count`, except FENCED
   */
  async run(follow: boolean, onSnapshot: (snapshot: ClusterSnapshot, done: boolean) => void): Promise<void> {
    const { signal } = this.#options
    let snapshot = await this.#takeSnapshot()
    const targets = snapshot.logs.map(({ end }) => end)
    while (!signal.aborted) {
      const current = snapshot
      const done = targets.every((target, i) => this.#isDone(current, i, follow ? undefined : target))
      onSnapshot(snapshot, done)
      if (done && !follow) return
      for (const partition of snapshot.logs.keys()) this.#startWork(snapshot, partition)
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
      if (this.#failure !== undefined) throw this.#failure
      snapshot = await this.#retrySnapshot(snapshot)
    }
  }

  /** Waits for the transaction in progress. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#work)
    for (const { counter } of this.#partitions) counter.release()
    this.#admin.close()
    this.#cluster.close()
  }

  #isDone(snapshot: ClusterSnapshot, partition: number, until: number | undefined): boolean {
    const { mustDiscard, working } = this.#partition(partition)
    return !mustDiscard && !working && !isBehind(snapshot, partition, until)
  }

  async #takeSnapshot(): Promise<ClusterSnapshot> {
    const [topology, logs, counts] = await Promise.all([
      this.#cluster.topology(),
      this.#admin.offsets(this.#config.topics.books, 'read_uncommitted'),
      this.#state.counts(),
    ])
    return { topology, logs, counts }
  }

  async #retrySnapshot(before: ClusterSnapshot): Promise<ClusterSnapshot> {
    const deadline = Date.now() + retryLimitMs
    for (;;) {
      try {
        return await this.#takeSnapshot()
      } catch (error) {
        if (this.#options.signal.aborted) return before
        const passes = error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE'
        if (!passes || Date.now() > deadline) throw error
        await delay(retryMs)
      }
    }
  }

  #startWork(snapshot: ClusterSnapshot, number: number): void {
    const partition = this.#partition(number)
    if (partition.working || this.#work.length >= partitionsAtOnce) return
    const now = Date.now()
    const wanted = partition.mustDiscard || isBehind(snapshot, number)
    const mayCount = partition.backoff.mayCount(positionOf(snapshot, number), now)
    // A discard is one transaction, so it ignores the back-off.
    if (!wanted || !(mayCount || partition.mustDiscard) || now < partition.retryAtMs) return
    partition.working = true
    const work = this.#count(number, partition, snapshot.topology).finally(() => {
      partition.working = false
      this.#work = this.#work.filter((other) => other !== work)
    })
    this.#work.push(work)
  }

  #partition(number: number): SharedPartition {
    const { again, log } = this.#options
    const options = { partition: number, cluster: this.#cluster, emit: this.#config.emit, log }
    this.#partitions[number] ??= newPartition(options, again)
    return this.#partitions[number]
  }

  async #count(number: number, partition: SharedPartition, topology: Topology): Promise<void> {
    try {
      if (partition.mustDiscard) await partition.counter.discardState(topology)
      partition.mustDiscard = false
      await partition.counter.count(topology)
      partition.backoff.counted()
      partition.failingSinceMs = undefined
    } catch (error) {
      if (!this.#options.signal.aborted) this.#failed(number, partition, error)
    }
  }

  #failed(number: number, partition: SharedPartition, error: unknown): void {
    const now = Date.now()
    const { info } = this.#options
    if (error instanceof AppError && error.code === 'FENCED') {
      partition.backoff.fenced(now)
      if (partition.mustDiscard) {
        partition.retryAtMs = now + discardRetryMs()
        return
      }
      if (!partition.isFencingReported)
        info(`Another counter also counts ${this.#config.topics.books}[${number}], so this command skips it.`)
      partition.isFencingReported = true
      return
    }
    const passes = error instanceof AppError && passing.has(error.code)
    partition.failingSinceMs ??= now
    partition.retryAtMs = now + retryMs
    if (!passes || now - partition.failingSinceMs > retryLimitMs) this.#failure = error
    else if (now === partition.failingSinceMs) info(`${error.message} Retrying …`)
  }
}
