import { localCredentials } from '../../local/settings/s3-credentials.ts'
import { newSystem, type System } from '../harness/system.ts'
import type { EndingEntry } from './oracle.ts'
import { type PlayedSystem, type ScheduleLog, SystemSchedule } from './system-schedule.ts'
import { TroubledS3 } from './troubled-s3.ts'

/** A system that runs one schedule after the other and keeps its counts between them. */
export class FaultySystem {
  readonly #system: System
  readonly #s3: TroubledS3
  readonly #endings: EndingEntry[] = []
  #judged = { lines: 0, updates: 0 }

  private constructor(system: System, s3: TroubledS3) {
    this.#system = system
    this.#s3 = s3
  }

  /** Starts it with one broker, or three with replication. */
  static async start(brokers: 1 | 3 = 1): Promise<FaultySystem> {
    const s3 = await TroubledS3.start()
    const settings = {
      // A second attempt runs after the fault that stopped the first one.
      S3_RETRY_DELAYS_MS: '1000,6000',
      PARTITIONS: '3',
      S3_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    }
    const system = await newSystem(settings, brokers)
    await system.start()
    return new FaultySystem(system, s3)
  }

  /** Checks all counts so far; the numbers of lines and updates are those of this schedule. */
  async play(seed: number, log: ScheduleLog): Promise<PlayedSystem> {
    const schedule = new SystemSchedule(seed, this.#system, this.#s3, log)
    try {
      await schedule.play()
      const played = await schedule.judge(this.#endings)
      const { lines, updates } = this.#judged
      this.#judged = played
      return { ...played, lines: played.lines - lines, updates: played.updates - updates }
    } finally {
      this.#endings.push(...schedule.close())
    }
  }

  async stop(): Promise<void> {
    await this.#system.stop()
    await this.#s3.stop()
  }
}
