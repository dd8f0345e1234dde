/**
 * Storms: many clients overwrite, copy, remove and read the same few objects at once, through the bucket of `npm start`,
 * while containers, the event sources, the S3 server or everything are killed. The final counts must match the bucket.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { s3ClientFor } from '../harness/bucket.ts'
import { temporaryFolder } from '../harness/names.ts'
import { signal } from '../harness/process-tree.ts'
import { Random } from '../harness/random.ts'
import { newSystem, type System, type SystemPart } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'
import { type EndingEntry, runOracle } from './oracle.ts'
import type { OracleComparison, ScheduleLog } from './report.ts'
import { startSystem } from './start-with-retries.ts'
import { StormClient } from './storm-client.ts'
import type { SystemComparison } from './system-schedule.ts'

const stormFaults = [
  'kill a container of ingest',
  'kill a container of count',
  'a container of ingest suspended',
  'kill the event sources',
  'kill the S3 server',
  'kill everything',
] as const

type StormFault = (typeof stormFaults)[number]

const clientsAtOnce = 8
/** Requests that clients have sent before the first fault, and between two faults. */
const requestsBetweenFaults = 60
const restarts = new Set<StormFault>(['kill the event sources', 'kill the S3 server', 'kill everything'])
const folder = temporaryFolder()

/** A system that runs one storm after the other and keeps its counts between them. */
export class StormySystem {
  readonly #system: System
  readonly #ended: EndingEntry[] = []
  #compared = { lines: 0, updates: 0 }

  private constructor(system: System) {
    this.#system = system
  }

  static async start(brokers: 1 | 3 = 1): Promise<StormySystem> {
    const system = await newSystem({ S3_RETRY_DELAYS_MS: '1000,6000', PARTITIONS: '3' }, brokers)
    await startSystem(system)
    return new StormySystem(system)
  }

  async run(seed: number, log: ScheduleLog): Promise<OracleComparison> {
    const storm = new Storm(seed, this.#system, log)
    await storm.run()
    const comparison = await storm.compareWithOracle(this.#ended)
    this.#ended.push(...(await storm.ending()))
    const { lines, updates } = this.#compared
    this.#compared = comparison
    return {
      ...comparison,
      access: 'own brokers',
      lines: comparison.lines - lines,
      updates: comparison.updates - updates,
    }
  }

  async stop(): Promise<void> {
    await this.#system.stop()
  }
}

class Storm {
  readonly #system: System
  readonly #log: ScheduleLog
  readonly #random: Random
  readonly #plan: StormFault[]
  readonly #keys: readonly string[]
  readonly #clients: readonly StormClient[]
  readonly #givenUpBefore: number

  constructor(seed: number, system: System, log: ScheduleLog) {
    this.#system = system
    this.#log = log
    this.#random = new Random(seed)
    this.#plan = planOf(new Random(seed + 1))
    this.#keys = ['a.txt', 'b c+%20.txt', 'ü/书.txt'].map((name) => `storm ${seed}/${name}`)
    this.#clients = Array.from(
      { length: clientsAtOnce },
      (_, i) => new StormClient(new Random(seed + 2 + i), system.config, this.#keys),
    )
    this.#givenUpBefore = this.#givenUp()
  }

  async run(): Promise<void> {
    const storming = Promise.all(this.#clients.map((client) => client.storm()))
    try {
      for (const fault of this.#plan) {
        await this.#until(requestsBetweenFaults)
        await this.#inject(fault)
        this.#log(`fault: ${fault}`)
      }
      await this.#until(requestsBetweenFaults)
    } finally {
      for (const client of this.#clients) client.end()
      await storming
    }
    this.#log(`${this.#sum('requests')} requests, ${this.#sum('failed')} failed, ${this.#sum('reads')} reads`)
  }

  /**
   * Runs the oracle until it finds no difference, and again when no topic grows any more. After the deadline, returns the
   * last result.
   */
  async compareWithOracle(earlier: readonly EndingEntry[]): Promise<SystemComparison> {
    const { brokers, userid } = this.#system.config
    const deadline = Date.now() + 240_000
    let repeatedFor = this.#givenUpBefore
    for (let exact = 0; ; ) {
      const givenUp = this.#givenUp()
      if (givenUp > repeatedFor) await this.#repeat()
      repeatedFor = givenUp
      const ending = [...earlier, ...(await this.ending())]
      const verdict = await runOracle({ brokers: brokers.join(), userid, ending })
      exact = verdict.differences.length === 0 ? exact + 1 : 0
      if (exact === 2 || Date.now() > deadline) {
        const torn = this.#clients.flatMap((client) => client.torn)
        return {
          ...verdict,
          differences: [...verdict.differences, ...torn],
          faults: countsOf(this.#plan),
          failures: {},
          givenUp: repeatedFor - this.#givenUpBefore,
        }
      }
      await delay(exact === 1 ? stillMs : 1_000)
    }
  }

  /** Returns the objects of the S3 server. The requests bypass the event proxy. */
  async ending(): Promise<EndingEntry[]> {
    const s3 = s3ClientFor(this.#system.config.s3ServerEndpoint)
    try {
      return await Promise.all(
        this.#keys.map(async (key) => {
          const content = await contentOf(s3, this.#system.config.bucket, key)
          if (content === undefined) return { book: Buffer.from(key), lines: null }
          const file = join(folder, createHash('md5').update(content).digest('hex'))
          if (!existsSync(file)) writeFileSync(file, content)
          return { book: Buffer.from(key), file }
        }),
      )
    } finally {
      s3.destroy()
    }
  }

  /** Resolves when the clients have sent this many more requests. */
  async #until(requests: number): Promise<void> {
    const sent = this.#sum('requests') + requests
    await waitFor(() => this.#sum('requests') >= sent, { within: 120_000, every: 10 })
  }

  async #inject(fault: StormFault): Promise<void> {
    switch (fault) {
      case 'kill a container of ingest':
        return signal(await this.#pid('ingest'), 'SIGKILL')
      case 'kill a container of count':
        return signal(await this.#pid('count'), 'SIGKILL')
      case 'a container of ingest suspended': {
        const pid = await this.#pid('ingest')
        signal(pid, 'SIGSTOP')
        await this.#until(requestsBetweenFaults)
        return signal(pid, 'SIGCONT')
      }
      case 'kill the event sources':
        return this.#restartAfter(async () => signal(await this.#pid('functions'), 'SIGKILL'))
      case 'kill the S3 server':
        return this.#restartAfter(async () => signal(await this.#pid('S3 server'), 'SIGKILL'))
      case 'kill everything':
        return this.#restartAfter(() => this.#system.killAll())
      default:
        return fault satisfies never
    }
  }

  async #pid(part: SystemPart): Promise<number> {
    const pids = await waitFor(() => this.#system.pids(part), {
      within: 30_000,
      every: 20,
      until: (found) => found.length > 0,
    })
    return this.#random.of(pids)
  }

  /** A killed part ends the start command, as intended; then the command is started again. */
  async #restartAfter(kill: () => Promise<void>): Promise<void> {
    await kill()
    await waitFor(() => !this.#system.running(), { within: 60_000 })
    await startSystem(this.#system)
  }

  /** Repeats the last change of each object, as users do after failed uploads. */
  async #repeat(): Promise<void> {
    const s3 = s3ClientFor(this.#system.config.s3ServerEndpoint)
    try {
      const client = this.#clients[0]!
      for (const key of this.#keys)
        await client.repeat(key, await contentOf(s3, this.#system.config.bucket, key))
    } finally {
      s3.destroy()
    }
  }

  #sum(of: 'requests' | 'failed' | 'reads'): number {
    return this.#clients.reduce((sum, client) => sum + client[of], 0)
  }

  /** Events in the on-failure destination. */
  #givenUp(): number {
    const failures = join(this.#system.config.dataDir, 'on-failure', 'ingest')
    return existsSync(failures) ? readdirSync(failures).filter((name) => name.endsWith('.json')).length : 0
  }
}

/** Three to five faults, at least one of which needs a restart. */
function planOf(random: Random): StormFault[] {
  const plan: StormFault[] = ['kill a container of ingest', random.of([...restarts])]
  for (let more = 1 + random.below(3); more > 0; more--) plan.push(random.of(stormFaults))
  return Array.from({ length: plan.length }, () => random.take(plan))
}

async function contentOf(s3: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return Buffer.from(await Body!.transformToByteArray())
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined
    throw error
  }
}

function countsOf(faults: readonly StormFault[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const fault of faults) counts[fault] = (counts[fault] ?? 0) + 1
  return counts
}

/** Longer than the longest retry delay of an event. */
const stillMs = 7_000
