/** Prints the result of each schedule and a summary at the end. */
import type { Verdict } from './oracle.ts'

export type Kind = 'counting' | 'system' | 'storm'

type PlayedCounts = Verdict & {
  readonly faults: Readonly<Record<string, number>>
  readonly failures: Readonly<Record<string, number>>
  /** Events in the on-failure destination, whose uploads were repeated. */
  readonly givenUp?: number
}

type PrintLine = (line: string) => void

export class FaultReport {
  readonly #verbose: boolean
  readonly #played: Record<Kind, number> = { counting: 0, system: 0, storm: 0 }
  readonly #failed: string[] = []
  readonly #faults: Record<string, number> = {}
  #updates = 0
  #failedLast = false

  constructor(verbose: boolean) {
    this.#verbose = verbose
  }

  /** Whether the last schedule had a difference or was aborted. */
  get failedLast(): boolean {
    return this.#failedLast
  }

  async play(kind: Kind, seed: number, schedule: (log: PrintLine) => Promise<PlayedCounts>): Promise<void> {
    const lines: string[] = []
    const started = Date.now()
    const log = (line: string) => {
      if (this.#verbose) console.log(`  ${line}`)
      else lines.push(line)
    }
    this.#played[kind]++
    try {
      const played = await schedule(log)
      this.#failedLast = played.differences.length > 0
      this.#tell(`${kind}, seed ${seed}`, played, Date.now() - started)
      for (const difference of played.differences) console.log(`  ${difference}`)
    } catch (error) {
      this.#failedLast = true
      console.log(`${kind}, seed ${seed}: FAILED`, error)
    }
    if (!this.#failedLast) return
    this.#failed.push(`${kind} ${seed}`)
    for (const line of lines.slice(-200)) console.log(`    ${line}`)
  }

  /** A run without a schedule or without a fault proves nothing. */
  get exitCode(): number {
    return this.#failed.length === 0 && Object.keys(this.#faults).length > 0 ? 0 : 1
  }

  summary(): string {
    const { counting, system, storm } = this.#played
    const faults = listed(this.#faults)
    const differing = this.#failed.length === 0 ? 'none differs' : `different: ${this.#failed.join(', ')}`
    return (
      `${counting} schedules of counting, ${system} of the whole system and ${storm} storms: ${differing}. ` +
      `${this.#updates} updates compared. Faults: ${faults || 'none'}.`
    )
  }

  #tell(name: string, played: PlayedCounts, tookMs: number): void {
    const { differences, lines, updates, faults, failures, givenUp = 0 } = played
    for (const [fault, number] of Object.entries(faults))
      this.#faults[fault] = (this.#faults[fault] ?? 0) + number
    this.#updates += updates
    const verdict = differences.length === 0 ? 'exact' : 'DIFFERENT'
    console.log(
      `${name}: ${verdict}, ${lines} lines, ${updates} updates, ${tookMs} ms; ${listed(faults)}` +
        (Object.keys(failures).length === 0 ? '' : `; failed invocations: ${listed(failures)}`) +
        (givenUp === 0 ? '' : `; ${givenUp} events given up, their uploads made again`),
    )
  }
}

function listed(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, number]) => `${number} × ${name}`)
    .join(', ')
}
