/**
 * Faults of the whole system as `npm start` runs it: one random schedule of user actions on the bucket and the topic, while
 * containers, event sources and brokers are killed, suspended or frozen, and the bucket throttles or interrupts reads. The
 * system recovers without intervention, and the oracle then checks the result.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import { cpuTicks, signal } from '../harness/process-tree.ts'
import { Random } from '../harness/random.ts'
import type { System, SystemPart } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'
import type { Freeze } from './counting-plan.ts'
import type { FaultyS3, S3Fault } from './faulty-s3.ts'
import { whileFrozen } from './freeze.ts'
import { FunctionLog } from './function-log.ts'
import { invoke } from './lambda-endpoint.ts'
import { SimulatedMapping } from './mapping.ts'
import { type EndingEntry, runOracle, type Verdict } from './oracle.ts'
import type { ScheduleLog } from './report.ts'
import { Shelf } from './shelf.ts'
import { startSystem } from './start-with-retries.ts'
import type { SystemBrokers } from './system-brokers.ts'

/** Faults of a container happen during an invocation. */
type SystemFault =
  | 'kill a container of count'
  | 'zombie'
  | 'kill a container of ingest'
  | 'broker suspended'
  | 'a broker of three killed'
  | 'reads throttled'
  | 'reads broken off'
  | 'kill the event sources'
  | 'kill the broker'
  | 'kill everything'
  | Freeze

export type SystemComparison = Verdict & {
  readonly faults: Readonly<Record<string, number>>
  /** Failed invocations, by reason. */
  readonly failures: Readonly<Record<string, number>>
  /** Events in the on-failure destination, whose uploads were repeated. */
  readonly givenUp: number
}

/** The faults of a schedule: always a kill and a zombie, a freeze if connections can be lost, and some others. */
function systemPlanOf(random: Random, { addresses, freezes }: SystemBrokers): SystemFault[] {
  const plan: SystemFault[] = ['zombie', 'kill a container of count']
  if (freezes.length > 0) plan.push(random.of(freezes))
  const common: SystemFault[] = [
    'kill a container of ingest',
    'kill a container of count',
    'broker suspended',
    'reads throttled',
    'reads broken off',
    ...freezes,
  ]
  const replicated = addresses.length === 3
  if (replicated) common.push('a broker of three killed', 'a broker of three killed')
  for (let more = 1 + random.below(4); more > 0; more--) plan.push(random.of(common))
  const ends: SystemFault[] = ['kill the event sources', 'kill everything']
  if (!replicated) ends.push('kill the broker')
  if (random.chance(0.6)) plan.push(random.of(ends))
  return Array.from({ length: plan.length }, () => random.take(plan))
}

export class SystemSchedule {
  readonly #system: System
  readonly #brokers: SystemBrokers
  readonly #s3: FaultyS3
  readonly #log: ScheduleLog
  readonly #random: Random
  readonly #shelf: Shelf
  readonly #plan: SystemFault[]
  readonly #done: Record<string, number> = {}
  readonly #failures: Record<string, number> = {}
  readonly #givenUpBefore: number
  #functionLog: FunctionLog

  constructor(seed: number, system: System, brokers: SystemBrokers, s3: FaultyS3, log: ScheduleLog) {
    this.#system = system
    this.#brokers = brokers
    this.#s3 = s3
    this.#log = log
    this.#random = new Random(seed)
    this.#plan = systemPlanOf(new Random(seed + 1), brokers)
    this.#shelf = new Shelf(new Random(seed + 2), system, brokers.addresses, String(seed))
    this.#givenUpBefore = this.#givenUp()
    this.#functionLog = new FunctionLog(system)
  }

  /** Runs until every planned fault has happened. */
  async run(): Promise<void> {
    const deadline = Date.now() + 240_000
    for (let fault = this.#plan.at(-1); fault !== undefined; fault = this.#plan.at(-1)) {
      if (Date.now() > deadline)
        throw new Error(`These faults could not be injected: ${this.#plan.join(', ')}.`)
      for (let quick = this.#random.below(3); quick > 0; quick--) await this.#act(this.#shelf.act())
      if (!(await this.#with(fault))) continue
      this.#plan.pop()
      this.#done[fault] = (this.#done[fault] ?? 0) + 1
      this.#log(`fault: ${fault}`)
    }
    await this.#act(this.#shelf.act())
  }

  /**
   * Runs the oracle until it finds no difference twice, the second time after all changes have ended. After the deadline,
   * returns the last result.
   */
  async compareWithOracle(earlier: readonly EndingEntry[]): Promise<SystemComparison> {
    const { userid } = this.#system.config
    const brokers = this.#brokers.addresses.join()
    const ending = [...earlier, ...this.#shelf.endings()]
    const check = () => runOracle({ brokers, userid, ending })
    const deadline = Date.now() + 180_000
    let repeatedFor = this.#givenUpBefore
    let verdict = await check()
    for (let settled = false; !settled && (verdict.differences.length === 0 || Date.now() < deadline); ) {
      if (this.#givenUp() > repeatedFor) {
        repeatedFor = this.#givenUp()
        await this.#shelf.repeat()
      }
      if (verdict.differences.length === 0) await this.#still()
      else await delay(1_000)
      const before = verdict
      verdict = await check()
      settled = before.differences.length === 0 && verdict.differences.length === 0
    }
    this.#collectFailures()
    return {
      ...verdict,
      faults: this.#done,
      failures: this.#failures,
      givenUp: repeatedFor - this.#givenUpBefore,
    }
  }

  /** Resolves when nothing was written for longer than the longest retry delay of an event. */
  async #still(): Promise<void> {
    const admin = this.#newAdmin()
    const topics = Object.values(this.#system.config.topics)
    const ends = async () => {
      const offsets = await Promise.all(topics.map((topic) => admin.offsets(topic, 'read_uncommitted')))
      return offsets.flatMap((partitions) => partitions.map(({ end }) => end)).join()
    }
    try {
      let seen = await ends()
      for (let since = Date.now(); Date.now() - since < stillMs; await delay(500)) {
        const now = await ends()
        if (now !== seen) since = Date.now()
        seen = now
      }
    } finally {
      admin.close()
    }
  }

  close(): EndingEntry[] {
    this.#shelf.close()
    return this.#shelf.endings()
  }

  async #act(action: Promise<string>): Promise<void> {
    this.#log(await action)
  }

  /** Uploads something while the fault happens; false if the fault came too late to have an effect. */
  async #with(fault: SystemFault): Promise<boolean> {
    const action = this.#act(this.#shelf.upload())
    const [injected] = await Promise.all([this.#inject(fault, action), action])
    return injected
  }

  async #inject(fault: SystemFault, action: Promise<void>): Promise<boolean> {
    switch (fault) {
      case 'kill a container of count':
        return this.#killContainer('count', action)
      case 'kill a container of ingest':
        return this.#killContainer('ingest', action)
      case 'zombie':
        return this.#resumeZombie(action)
      case 'broker suspended':
        return this.#suspendBroker()
      case 'a broker of three killed':
        return this.#killOneBroker()
      case 'reads throttled':
        return this.#disturbReads('throttled', action)
      case 'reads broken off':
        return this.#disturbReads('broken', action)
      case 'kill the event sources':
        return this.#restart(() => this.#killPart('functions'))
      case 'kill the broker':
        return this.#killTheBroker()
      case 'kill everything':
        return this.#restart(() => this.#killEverything())
      case 'connections lost while frozen':
      case 'connections silenced while frozen':
      case 'frozen beyond the idle limit':
      case 'frozen beyond the session':
        return this.#freeze(fault, action)
      default:
        return fault satisfies never
    }
  }

  async #killContainer(part: 'count' | 'ingest', action: Promise<void>): Promise<boolean> {
    const pid = await this.#busyContainer(part, action)
    if (pid === undefined) return false
    const log = new FunctionLog(this.#system)
    signal(pid, 'SIGKILL')
    await action
    const failed = () =>
      log
        .lines()
        .some((line) => line.startsWith(`${part} ←`) && / (?!init)\S+ Error: .*signal: SIGKILL/.test(line))
    return waitFor(failed, { within: 5_000 }).catch(() => false)
  }

  /**
   * Suspends a container during a batch, lets another one take over its partitions up to the end of the log, and resumes
   * the first one, which is then fenced.
   */
  async #resumeZombie(action: Promise<void>): Promise<boolean> {
    const pid = await this.#busyContainer('count', action)
    if (pid === undefined) return false
    const log = new FunctionLog(this.#system)
    signal(pid, 'SIGSTOP')
    const suspendedSince = Date.now()
    try {
      await action
      await delay(500)
      if (log.lines().some((line) => line.startsWith('count ←'))) return false
      await this.#countElsewhere()
    } finally {
      signal(pid, 'SIGCONT')
    }
    const suspendedMs = Date.now() - suspendedSince
    const ended = () => log.lines().find((line) => /^count ←.* (?:ok|failed) \d+ ms/.test(line))
    const line = await waitFor(ended, { within: 60_000 }).catch(() => undefined)
    this.#log(`zombie was suspended for ${suspendedMs} ms and ended: ${line}`)
    return Number(/ (?:ok|failed) (\d+) ms/.exec(line ?? '')?.[1]) >= suspendedMs - 50
  }

  /** Sends the last records of the log directly to a container outside the mapping. */
  async #countElsewhere(): Promise<void> {
    const { topics, partitions } = this.#system.config
    const mapping = new SimulatedMapping(
      this.#brokers.addresses.join(),
      topics.books,
      partitions,
      this.#random,
    )
    try {
      const event = await mapping.lastEvent()
      if (event !== undefined) await invoke(this.#system, 'count', event.json)
    } finally {
      await mapping.close()
    }
  }

  /**
   * Freezes all containers between two invocations. The next invocations must succeed after any fault of their connections
   * and sessions. The counts' API runs in the process of the event sources, which is frozen too.
   */
  async #freeze(freeze: Freeze, action: Promise<void>): Promise<boolean> {
    await action
    await this.#still()
    await waitFor(() => this.#readCounts(), { within: 30_000 })
    const log = new FunctionLog(this.#system)
    const pids = (['functions', 'ingest', 'count'] as const).flatMap((part) => this.#system.pids(part))
    for (const pid of pids) signal(pid, 'SIGSTOP')
    try {
      await whileFrozen(freeze, this.#brokers.relays, this.#random)
    } finally {
      for (const pid of pids) signal(pid, 'SIGCONT')
    }
    await this.#readCounts()
    await this.#act(this.#shelf.upload())
    const succeeded = (part: string) => log.lines().some((line) => okLine(part).test(line))
    await waitFor(() => succeeded('ingest') && succeeded('count'), { within: 60_000 })
    await this.#readCounts()
    const failed = log.lines().find((line) => /^(?:ingest|count) ←.* failed/.test(line))
    if (failed !== undefined) throw new Error(`An invocation after this fault failed: ${freeze}: ${failed}`)
    return true
  }

  /** @throws when the API does not return the counts */
  async #readCounts(): Promise<true> {
    const url = `http://127.0.0.1:${this.#system.config.httpPort}/counts`
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) })
    if (!response.ok) throw new Error(`GET /counts returned ${response.status}: ${await response.text()}`)
    return true
  }

  async #suspendBroker(): Promise<boolean> {
    const id = this.#anyBroker()
    await delay(this.#random.below(800))
    this.#brokers.suspend(id)
    await delay(300 + this.#random.below(3_000))
    this.#brokers.resume(id)
    return true
  }

  /** Kills one broker, which is then restarted. Waits until it is in sync, since writes need two of three brokers. */
  async #killOneBroker(): Promise<boolean> {
    const id = this.#anyBroker()
    await delay(this.#random.below(1_500))
    await this.#brokers.kill(id)
    await this.#brokers.restart(id)
    const admin = this.#newAdmin()
    try {
      await waitFor(() => this.#inSync(admin), { within: 90_000, every: 500 })
    } finally {
      admin.close()
    }
    return true
  }

  /** Kills the only broker: `npm start` ends with its own, and survives another. */
  async #killTheBroker(): Promise<boolean> {
    if (this.#brokers.isOwn) return this.#restart(() => this.#brokers.kill(1))
    await delay(this.#random.below(1_500))
    await this.#brokers.kill(1)
    await this.#brokers.restart(1)
    return true
  }

  async #inSync(admin: Admin): Promise<boolean> {
    const names = Object.values(this.#system.config.topics)
    const topics = await Promise.all(names.map((name) => admin.describeTopic(name)))
    return topics.every(({ partitions }) => partitions.every(({ inSync }) => inSync.length === 3))
  }

  /** Numbered from 1. */
  #anyBroker(): number {
    return 1 + this.#random.below(this.#brokers.addresses.length)
  }

  #newAdmin(): Admin {
    return new Admin(openCluster({ brokers: this.#brokers.addresses }))
  }

  /** Lasts as long as an ingest and its first retry, while another book is uploaded. */
  async #disturbReads(fault: S3Fault, action: Promise<void>): Promise<boolean> {
    const before = this.#s3.failedReads
    this.#s3.fault = fault
    try {
      await action
      await this.#act(this.#shelf.upload())
      await delay(500 + this.#random.below(2_500))
    } finally {
      this.#s3.fault = undefined
    }
    return this.#s3.failedReads > before
  }

  async #killEverything(): Promise<void> {
    const ids = this.#brokers.addresses.map((_, i) => i + 1)
    await Promise.all([
      this.#system.killAll().then(() => Promise.all(ids.map((id) => this.#brokers.kill(id)))),
      this.#s3.kill(),
    ])
    await Promise.all([this.#s3.restart(), ...ids.map((id) => this.#brokers.restart(id))])
  }

  /** Killing a part ends the start command, as intended; then the command is started again. */
  async #restart(kill: () => Promise<void> | void): Promise<boolean> {
    await delay(this.#random.below(1_500))
    this.#collectFailures()
    await kill()
    await waitFor(() => !this.#system.running(), { within: 60_000 })
    await startSystem(this.#system)
    this.#functionLog = new FunctionLog(this.#system)
    return true
  }

  #killPart(part: SystemPart): void {
    for (const pid of this.#system.pids(part)) signal(pid, 'SIGKILL')
  }

  /** Returns a busy container after a random time; undefined if none is busy within some seconds. */
  async #busyContainer(part: 'count' | 'ingest', action: Promise<void>): Promise<number | undefined> {
    if (part === 'count') await action
    const deadline = Date.now() + 8_000
    while (Date.now() < deadline) {
      const before = new Map(this.#system.pids(part).map((pid) => [pid, cpuTicks(pid)]))
      await delay(30)
      const [busy] = [...before].find(([pid, ticks]) => cpuTicks(pid) > ticks) ?? []
      if (busy === undefined) continue
      await delay(this.#random.below(80))
      return busy
    }
    return undefined
  }

  #collectFailures(): void {
    for (const line of this.#functionLog.lines()) {
      const [, part, why] = /^(count|ingest) ←.* failed[^:]*: (.*?)(?:; |$)/.exec(line) ?? []
      if (why === undefined) continue
      const what = `${part} ${why.replace(/RequestId: \S+ Error: /, '').slice(0, 160)}`
      this.#failures[what] = (this.#failures[what] ?? 0) + 1
    }
  }

  /** Events in the on-failure destination. */
  #givenUp(): number {
    const folder = join(this.#system.config.dataDir, 'on-failure', 'ingest')
    try {
      return readdirSync(folder).filter((name) => name.endsWith('.json')).length
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
      throw error
    }
  }
}

function okLine(part: string): RegExp {
  return new RegExp(`^${part} ←.* ok \\d+ ms`)
}

/** Longer than the longest retry delay of an event. */
const stillMs = 7_000
