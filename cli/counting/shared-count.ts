import { setTimeout as delay } from 'node:timers/promises'
import type { Topology } from '../../functions/count/cluster.ts'
import { LogCounter } from '../../functions/count/log-counter.ts'
import { Admin } from '../../kafka/admin.ts'
import { openCluster } from '../../lib/cluster.ts'
import type { Config } from '../../lib/config.ts'
import { AppError, type ErrorCode } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { StateReader } from '../../lib/state-reader.ts'
import { isBehind, type Look, positionOf } from './backlog.ts'
import { InterruptibleCluster } from './interruptible-cluster.ts'
import { Turns } from './turns.ts'

const lookMs = 250
const partitionsAtOnce = 8
/** How long a cluster may be away that was there before. */
const patienceMs = 60_000
const retryMs = 1_000
/** As the function waits when it was fenced, so that the two do not fence each other in step. */
const betweenStartsMs = () => 200 + Math.random() * 1800
const passing: ReadonlySet<ErrorCode> = new Set(['KAFKA_UNAVAILABLE', 'STATE_BLOCKED'])

type Partition = {
  readonly counter: LogCounter
  readonly turns: Turns
  /** Its state is still to be discarded. */
  startsAgain: boolean
  working: boolean
  toldFenced: boolean
  failingSinceMs: number | undefined
  retryAtMs: number
}

export type SharedCountOptions = {
  /** Discard the state of every partition first, so that every count is published again. */
  readonly again: boolean
  readonly log: Log
  readonly tell: (line: string) => void
  /** Stops between two transactions. */
  readonly signal: AbortSignal
}

/**
 * Counts from the shared state, as the deployed function does and with the same core, but from the log instead of
 * batches. It may run beside the function and beside itself: partitions that others count are left to them.
 */
export class SharedCount {
  readonly #config: Config
  readonly #options: SharedCountOptions
  readonly #cluster: InterruptibleCluster
  readonly #admin: Admin
  readonly #state: StateReader
  readonly #partitions: Partition[] = []
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

  /** Updates that were published here. */
  get published(): number {
    return this.#cluster.published
  }

  /**
   * Counts until all that is in the log now is counted, by whomever, or until it is stopped if it shall `follow`.
   * @param onLook hears of each look at the cluster, and whether nothing is left to count
   * @throws what `LogCounter.count` throws, except FENCED
   */
  async run(follow: boolean, onLook: (look: Look, done: boolean) => void): Promise<void> {
    const { signal } = this.#options
    let look = await this.#look()
    const targets = look.logs.map(({ end }) => end)
    while (!signal.aborted) {
      const current = look
      const done = targets.every((target, i) => this.#isDone(current, i, follow ? undefined : target))
      onLook(look, done)
      if (done && !follow) return
      for (const partition of look.logs.keys()) this.#startWork(look, partition)
      await delay(lookMs, undefined, { signal }).catch(() => undefined)
      if (this.#failure !== undefined) throw this.#failure
      look = await this.#lookAgain(look)
    }
  }

  /** Resolves when nothing is in flight. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#work)
    for (const { counter } of this.#partitions) counter.release()
    this.#admin.close()
    this.#cluster.close()
  }

  #isDone(look: Look, partition: number, until: number | undefined): boolean {
    const { startsAgain, working } = this.#partition(partition)
    return !startsAgain && !working && !isBehind(look, partition, until)
  }

  async #look(): Promise<Look> {
    const [topology, logs, counts] = await Promise.all([
      this.#cluster.topology(),
      this.#admin.offsets(this.#config.topics.books, 'read_uncommitted'),
      this.#state.counts(),
    ])
    return { topology, logs, counts }
  }

  /** A cluster that was there may be away for a while. */
  async #lookAgain(before: Look): Promise<Look> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      try {
        return await this.#look()
      } catch (error) {
        if (this.#options.signal.aborted) return before
        const passes = error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE'
        if (!passes || Date.now() > deadline) throw error
        await delay(retryMs)
      }
    }
  }

  #startWork(look: Look, number: number): void {
    const partition = this.#partition(number)
    if (partition.working || this.#work.length >= partitionsAtOnce) return
    const now = Date.now()
    const wanted = partition.startsAgain || isBehind(look, number)
    const mayCount = partition.turns.mayCount(positionOf(look, number), now)
    // To start again takes but a moment, and whoever counts the partition then goes on with it.
    if (!wanted || !(mayCount || partition.startsAgain) || now < partition.retryAtMs) return
    partition.working = true
    const work = this.#count(number, partition, look.topology).finally(() => {
      partition.working = false
      this.#work = this.#work.filter((other) => other !== work)
    })
    this.#work.push(work)
  }

  #partition(number: number): Partition {
    this.#partitions[number] ??= {
      counter: new LogCounter({
        partition: number,
        cluster: this.#cluster,
        emit: this.#config.emit,
        log: this.#options.log,
      }),
      turns: new Turns(),
      startsAgain: this.#options.again,
      working: false,
      toldFenced: false,
      failingSinceMs: undefined,
      retryAtMs: 0,
    }
    return this.#partitions[number]
  }

  async #count(number: number, partition: Partition, topology: Topology): Promise<void> {
    try {
      if (partition.startsAgain) await partition.counter.discardState(topology)
      partition.startsAgain = false
      await partition.counter.count(topology)
      partition.turns.counted()
      partition.failingSinceMs = undefined
    } catch (error) {
      if (!this.#options.signal.aborted) this.#failed(number, partition, error)
    }
  }

  #failed(number: number, partition: Partition, error: unknown): void {
    const now = Date.now()
    const { tell } = this.#options
    if (error instanceof AppError && error.code === 'FENCED') {
      partition.turns.fenced(now)
      if (partition.startsAgain) {
        partition.retryAtMs = now + betweenStartsMs()
        return
      }
      if (!partition.toldFenced)
        tell(`${this.#config.topics.books}[${number}] is counted by another one too, and is left to it.`)
      partition.toldFenced = true
      return
    }
    const passes = error instanceof AppError && passing.has(error.code)
    partition.failingSinceMs ??= now
    partition.retryAtMs = now + retryMs
    if (!passes || now - partition.failingSinceMs > patienceMs) this.#failure = error
    else if (now === partition.failingSinceMs) tell(`${error.message} Trying again.`)
  }
}
