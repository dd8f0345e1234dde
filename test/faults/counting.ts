/**
 * Runs one random schedule on a real broker and real containers of `count`. The log grows while batches are repeated,
 * skipped and delivered with gaps. Containers are killed, suspended and frozen, and the broker fails. Containers of
 * `ingest` and of the counts' API are frozen at the same time.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import { Admin } from '../../kafka/admin.ts'
import { AppError } from '../../lib/errors.ts'
import type { InvocationOutcome } from '../../local/containers/outcome.ts'
import { uniqueUserid } from '../harness/names.ts'
import { Random } from '../harness/random.ts'
import { waitFor } from '../harness/wait-for.ts'
import type { FaultyCluster, ListenerAccess } from './cluster.ts'
import { accessOf, type CountingFault, type Freeze, planOf } from './counting-plan.ts'
import { FleetContainer } from './fleet.ts'
import { whileFrozen } from './freeze.ts'
import { LogWriter } from './log-writer.ts'
import { type MappedEvent, SimulatedMapping } from './mapping.ts'
import { runOracle, type Verdict } from './oracle.ts'
import { OtherFunctions } from './other-functions.ts'
import { Story } from './story.ts'

export type CountingComparison = Verdict & {
  readonly access: ListenerAccess
  readonly faults: Readonly<Record<string, number>>
  readonly deliveries: number
  readonly failures: Readonly<Record<string, number>>
}

const containers = 3
const partitions = 3
/** After this time without a result, the mapping delivers the event to another container. */
const leaseMs = 400
const timeoutMs = 40_000

export async function runCountingSchedule(
  seed: number,
  cluster: FaultyCluster,
  log: (line: string) => void,
): Promise<CountingComparison> {
  const schedule = new CountingSchedule(seed, cluster, log)
  try {
    await schedule.open()
    await schedule.run()
    return await schedule.compareWithOracle()
  } finally {
    await schedule.close()
  }
}

class CountingSchedule {
  readonly #access: ListenerAccess
  readonly #cluster: FaultyCluster
  readonly #log: (line: string) => void
  readonly #random: Random
  readonly #story: Story
  readonly #config: ReturnType<typeof readConfig>
  readonly #admin: Admin
  readonly #mapping: SimulatedMapping
  readonly #fleet: readonly FleetContainer[]
  readonly #others: OtherFunctions
  readonly #plan: CountingFault[]
  readonly #done: Record<string, number> = {}
  readonly #failures: Record<string, number> = {}
  readonly #suspended: { container: FleetContainer; outcome: Promise<InvocationOutcome> }[] = []
  #writer: LogWriter | undefined
  #endings: ReturnType<Story['finale']>['endings'] = []
  #deliveries = 0

  constructor(seed: number, cluster: FaultyCluster, log: (line: string) => void) {
    this.#access = accessOf(new Random(seed + 4))
    this.#cluster = cluster
    this.#log = log
    this.#random = new Random(seed)
    this.#plan = planOf(new Random(seed + 1), this.#access)
    this.#story = new Story(new Random(seed + 2))
    const { brokers } = cluster
    const environment = {
      ...cluster.environment(this.#access),
      USERID: uniqueUserid(),
      PARTITIONS: String(partitions),
    }
    this.#config = readConfig({
      ...environment,
      ...cluster.environment('plaintext'),
      KAFKA_SECURITY: 'plaintext',
    })
    this.#admin = new Admin(openCluster(this.#config))
    this.#mapping = new SimulatedMapping(brokers, this.#config.topics.books, partitions, new Random(seed + 3))
    this.#fleet = Array.from(
      { length: containers },
      (_, i) => new FleetContainer(`container ${i}`, environment, timeoutMs, log),
    )
    this.#others = new OtherFunctions(environment)
  }

  async open(): Promise<void> {
    await ensureTopics(this.#admin, wantedTopics(this.#config))
    this.#writer = await LogWriter.open(this.#cluster.brokers)
    await Promise.all(this.#fleet.map((container) => container.warm()))
  }

  /** Writes and delivers until every planned fault has happened, then writes the final editions and waits for all counts. */
  async run(): Promise<void> {
    const deadline = Date.now() + 300_000
    const { books } = this.#config.topics
    while (this.#plan.length > 0) {
      if (Date.now() > deadline)
        throw new Error(`These faults could not be injected: ${this.#plan.join(', ')}.`)
      // A disconnected writer continues after it has reconnected.
      const writing = this.#writer!.write(books, this.#story.chunk())
      await this.#deliver()
      await writing
      if (this.#suspended.length > 0 && this.#random.chance(0.4)) await this.#resumeOne()
    }
    const { lines, endings } = this.#story.finale()
    this.#endings = endings
    await this.#writer!.write(books, lines)
    await this.#settle()
  }

  async compareWithOracle(): Promise<CountingComparison> {
    const verdict = await runOracle({
      brokers: this.#cluster.brokers,
      userid: this.#config.userid,
      ending: this.#endings,
      rebuilds: this.#done['state topic lost'] ?? 0,
    })
    return {
      ...verdict,
      access: this.#access,
      faults: this.#done,
      deliveries: this.#deliveries,
      failures: this.#failures,
    }
  }

  async close(): Promise<void> {
    this.#others.close()
    await Promise.all(this.#fleet.map((container) => container.close()))
    await this.#writer?.close()
    this.#mapping.close()
    this.#admin.close()
  }

  async #deliver(): Promise<void> {
    const event = await this.#mapping.nextEvent().catch(nothingWhileUnavailable)
    const container = this.#idleContainer()
    if (event === undefined || container === undefined) return
    this.#deliveries++
    const fault = this.#random.chance(0.4) ? this.#plan.at(-1) : undefined
    const injected =
      fault === undefined
        ? await this.#invoke(container, event)
        : await this.#deliverDuring(fault, container, event)
    if (fault !== undefined && injected) {
      this.#plan.pop()
      this.#done[fault] = (this.#done[fault] ?? 0) + 1
      this.#log(`fault: ${fault}`)
    }
  }

  /** Delivers an event during a fault. Returns false if the invocation ended before the fault. */
  async #deliverDuring(
    fault: CountingFault,
    container: FleetContainer,
    event: MappedEvent,
  ): Promise<boolean> {
    switch (fault) {
      case 'kill a container':
        return this.#kill(container, event)
      case 'zombie':
        return this.#suspend(container, event)
      case 'deliver to two containers':
        return this.#deliverTwice(container, event)
      case 'time out':
        return this.#timeOut(container, event)
      case 'connections lost while frozen':
      case 'connections silenced while frozen':
      case 'frozen beyond the idle limit':
      case 'frozen beyond the session':
        return this.#freeze(fault, container, event)
      case 'broker unreachable':
        return this.#meanwhile(container, event, () => this.#unreachable('refuse'))
      case 'broker silent':
        return this.#meanwhile(container, event, () => this.#unreachable('swallow'))
      case 'broker suspended':
        return this.#meanwhile(container, event, () => this.#suspendBroker())
      case 'broker killed':
        return this.#meanwhile(container, event, () => this.#killBroker())
      case 'state topic lost':
        return this.#loseState(container, event)
      default:
        return fault satisfies never
    }
  }

  async #invoke(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    return this.#settled(await container.invoke(event.json), event)
  }

  #settled(outcome: InvocationOutcome, event: MappedEvent): boolean {
    if (outcome.ok) this.#mapping.delivered(event)
    else {
      const what = outcome.kind === 'handler' ? outcome.errorMessage.slice(0, 160) : outcome.kind
      this.#failures[what] = (this.#failures[what] ?? 0) + 1
      this.#log(`failed: ${outcome.errorType} ${outcome.errorMessage}`)
    }
    return outcome.ok
  }

  async #kill(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    const running = container.invoke(event.json)
    await delay(this.#random.below(60))
    const late = container.idle
    await container.kill()
    const outcome = await running
    this.#settled(outcome, event)
    await container.warm()
    return !late && !outcome.ok && outcome.kind === 'crash'
  }

  /** Suspends the container during the event; another one receives the event when the lease expires. */
  async #suspend(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    const outcome = container.invoke(event.json)
    await delay(this.#random.below(60))
    container.suspend()
    const late = await Promise.race([outcome, delay(leaseMs, undefined)])
    if (late !== undefined) {
      container.resume()
      this.#settled(late, event)
      return false
    }
    this.#suspended.push({ container, outcome })
    const successor = this.#idleContainer()
    if (successor !== undefined) await this.#invoke(successor, event)
    return true
  }

  async #resumeOne(): Promise<void> {
    const { container, outcome } = this.#random.take(this.#suspended)
    container.resume()
    if (this.#random.chance(0.5)) await this.#deliver()
    const ended = await outcome
    this.#log(`zombie ended: ${ended.ok ? 'ok' : ended.errorMessage}`)
    // The container may already be suspended in its next event.
    const isSuspended = this.#suspended.some((other) => other.container === container)
    if (!container.idle && !isSuspended) throw new Error('A resumed container did not finish its invocation.')
  }

  async #deliverTwice(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    const first = container.invoke(event.json)
    const other = this.#idleContainer()
    const outcomes = await Promise.all([first, other?.invoke(event.json)])
    for (const outcome of outcomes) if (outcome !== undefined) this.#settled(outcome, event)
    return other !== undefined
  }

  /** Suspends the handler until its timeout, when Lambda ends the process. */
  async #timeOut(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    const running = container.invoke(event.json)
    await delay(this.#random.below(40))
    container.suspend()
    const outcome = await running
    const timedOut = !outcome.ok && outcome.kind === 'timeout'
    if (timedOut) await container.kill()
    else container.resume()
    this.#settled(outcome, event)
    await container.warm()
    return timedOut
  }

  /**
   * Freezes warm containers of all functions between two invocations. Their next invocations must succeed.
   */
  async #freeze(freeze: Freeze, container: FleetContainer, event: MappedEvent): Promise<boolean> {
    if (!(await this.#invoke(container, event))) return false
    await this.#others.use()
    const next = (await this.#mapping.nextEvent().catch(nothingWhileUnavailable)) ?? event
    this.#deliveries++
    for (const frozen of [container, this.#others]) frozen.suspend()
    await whileFrozen(freeze, this.#cluster.relays, this.#random)
    for (const frozen of [container, this.#others]) frozen.resume()
    const [outcome] = await Promise.all([container.invoke(next.json), this.#others.use()])
    if (!this.#settled(outcome, next)) throw new Error(`The invocation after the fault "${freeze}" failed.`)
    return true
  }

  async #meanwhile(
    container: FleetContainer,
    event: MappedEvent,
    fault: () => Promise<void>,
  ): Promise<boolean> {
    const running = container.invoke(event.json)
    await delay(this.#random.below(40))
    const late = container.idle
    await fault()
    this.#settled(await running, event)
    return !late
  }

  async #unreachable(mode: 'refuse' | 'swallow'): Promise<void> {
    for (const relay of this.#cluster.relays) relay.mode = mode
    await delay(200 + this.#random.below(1_500))
    for (const relay of this.#cluster.relays) relay.mode = 'open'
  }

  async #suspendBroker(): Promise<void> {
    const id = 1 + this.#random.below(this.#cluster.size)
    this.#cluster.suspend(id)
    await delay(200 + this.#random.below(2_000))
    this.#cluster.resume(id)
  }

  async #killBroker(): Promise<void> {
    const id = 1 + this.#random.below(this.#cluster.size)
    await this.#cluster.kill(id)
    await this.#cluster.restart(id)
  }

  async #loseState(container: FleetContainer, event: MappedEvent): Promise<boolean> {
    const name = this.#config.topics.bookCountState
    const wanted = wantedTopics(this.#config).filter((topic) => topic.name === name)
    const running = container.invoke(event.json)
    await delay(this.#random.below(40))
    await this.#admin.deleteTopic(name)
    await waitFor(() => this.#admin.createTopic(wanted[0]!), { within: 10_000 })
    await ensureTopics(this.#admin, wanted)
    this.#settled(await running, event)
    return true
  }

  /** Resumes containers and delivers until the last record of every partition is counted. */
  async #settle(): Promise<void> {
    while (this.#suspended.length > 0) await this.#resumeOne()
    await waitFor(
      async () => {
        const event = await this.#mapping.lastEvent()
        return event === undefined || (await this.#invoke(this.#idleContainer()!, event))
      },
      { within: 90_000 },
    )
  }

  #idleContainer(): FleetContainer | undefined {
    const idle = this.#fleet.filter((container) => container.idle)
    return idle.length === 0 ? undefined : this.#random.of(idle)
  }
}

/** A mapping that cannot reach the cluster delivers nothing. */
function nothingWhileUnavailable(error: unknown): undefined {
  if (!(error instanceof AppError && error.retryable)) throw error
}
