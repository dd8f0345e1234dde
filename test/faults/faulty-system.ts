import { newSystem, type System } from '../harness/system.ts'
import type { EndingEntry } from './oracle.ts'
import { type Log, type PlayedSystem, SystemSchedule } from './system-schedule.ts'

/** A system that takes one schedule after the other; what it counted for one stays there for the next. */
export class FaultySystem {
  readonly #system: System
  readonly #endings: EndingEntry[] = []
  #judged = { lines: 0, updates: 0 }

  private constructor(system: System) {
    this.#system = system
  }

  static async start(): Promise<FaultySystem> {
    // A second try comes after the fault that the first one met.
    const system = await newSystem({ S3_RETRY_DELAYS_MS: '1000,6000', PARTITIONS: '3' })
    await system.start()
    return new FaultySystem(system)
  }

  /** All that was counted so far is judged; the numbers of lines and updates are this schedule's. */
  async play(seed: number, log: Log): Promise<PlayedSystem> {
    const schedule = new SystemSchedule(seed, this.#system, log)
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
  }
}
