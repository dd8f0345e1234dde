import { localCredentials } from '../../local/settings/s3-credentials.ts'
import { newSystem, type System } from '../harness/system.ts'
import { FaultyCluster } from './cluster.ts'
import { FaultyS3 } from './faulty-s3.ts'
import type { EndingEntry } from './oracle.ts'
import type { ScheduleLog } from './report.ts'
import { startSystem } from './start-with-retries.ts'
import { brokersBeside, ownBrokers, type SystemBrokers, type SystemKind } from './system-brokers.ts'
import { type SystemComparison, SystemSchedule } from './system-schedule.ts'

/** A system that runs one schedule after the other and keeps its counts between them. */
export class FaultySystem {
  readonly #kind: SystemKind
  readonly #system: System
  readonly #s3: FaultyS3
  readonly #endings: EndingEntry[] = []
  #compared = { lines: 0, updates: 0 }

  readonly #brokers: SystemBrokers
  readonly #cluster: FaultyCluster | undefined

  private constructor(
    kind: SystemKind,
    system: System,
    s3: FaultyS3,
    brokers: SystemBrokers,
    cluster: FaultyCluster | undefined,
  ) {
    this.#kind = kind
    this.#system = system
    this.#s3 = s3
    this.#brokers = brokers
    this.#cluster = cluster
  }

  /** Starts it with one broker, or three with replication. */
  static async start(kind: SystemKind, brokers: 1 | 3 = 1): Promise<FaultySystem> {
    const s3 = await FaultyS3.start()
    const settings = {
      // A second attempt runs after the fault that stopped the first one.
      S3_RETRY_DELAYS_MS: '1000,6000',
      PARTITIONS: '3',
      S3_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    }
    if (kind === 'own brokers') {
      const system = await newSystem(settings, brokers)
      await startSystem(system)
      return new FaultySystem(kind, system, s3, ownBrokers(system), undefined)
    }
    const cluster = await FaultyCluster.start(brokers)
    const system = await newSystem({ ...settings, ...cluster.environment(kind) })
    await startSystem(system)
    return new FaultySystem(kind, system, s3, brokersBeside(cluster, kind), cluster)
  }

  /** Checks all counts so far; the numbers of lines and updates are those of this schedule. */
  async run(seed: number, log: ScheduleLog): Promise<SystemComparison & { readonly access: SystemKind }> {
    const schedule = new SystemSchedule(seed, this.#system, this.#brokers, this.#s3, log)
    try {
      await schedule.run()
      const comparison = await schedule.compareWithOracle(this.#endings)
      const { lines, updates } = this.#compared
      this.#compared = comparison
      return {
        ...comparison,
        access: this.#kind,
        lines: comparison.lines - lines,
        updates: comparison.updates - updates,
      }
    } finally {
      this.#endings.push(...schedule.close())
    }
  }

  async stop(): Promise<void> {
    await this.#system.stop()
    await this.#cluster?.stop()
    await this.#s3.stop()
  }
}
