/** Prints the result of each schedule as it ends, and keeps the results for the summary. */
import type { Verdict } from './oracle.ts'

export type Kind = 'counting' | 'system' | 'storm'

export type OracleComparison = Verdict & {
  /** How its functions connected. */
  readonly access: string
  readonly faults: Readonly<Record<string, number>>
  /** Failed invocations, by reason. */
  readonly failures: Readonly<Record<string, number>>
  /** Invocations with an event; not known of the whole system. */
  readonly deliveries?: number
  /** Events in the on-failure destination, whose uploads were repeated. */
  readonly givenUp?: number
}

export type ScheduleResult = {
  readonly kind: Kind
  readonly seed: number
  readonly comparison: OracleComparison | undefined
}

export type ScheduleLog = (line: string) => void

const keptLines = 200

export class FaultReport {
  readonly #verbose: boolean
  readonly #results: ScheduleResult[] = []

  constructor(verbose: boolean) {
    this.#verbose = verbose
  }

  /** `comparison` is undefined for a schedule that was aborted. */
  get results(): readonly ScheduleResult[] {
    return this.#results
  }

  /** Runs a schedule. @returns whether it was exact */
  async run(
    kind: Kind,
    seed: number,
    schedule: (log: ScheduleLog) => Promise<OracleComparison>,
  ): Promise<boolean> {
    const name = `${kind}, seed ${seed}`
    const lines: string[] = []
    const started = Date.now()
    const log = (line: string) => {
      if (this.#verbose) console.log(`  ${name}: ${line}`)
      else lines.push(line)
    }
    let comparison: OracleComparison | undefined
    try {
      comparison = await schedule(log)
      console.log(`${name}: ${lineOf(comparison, Date.now() - started)}`)
    } catch (error) {
      console.log(`${name}: ABORTED`, error)
    }
    this.#results.push({ kind, seed, comparison })
    const exact = isExact(comparison)
    if (exact) return true
    for (const difference of comparison?.differences ?? []) console.log(`  ${difference}`)
    for (const line of lines.slice(-keptLines)) console.log(`    ${line}`)
    return false
  }
}

export function isExact(comparison: OracleComparison | undefined): comparison is OracleComparison {
  return comparison !== undefined && comparison.differences.length === 0
}

/** `2 × zombie, 1 × time out`. */
export function listed(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, number]) => `${number} × ${name}`)
    .join(', ')
}

function lineOf(comparison: OracleComparison, tookMs: number): string {
  const { access, differences, lines, updates, faults, failures, givenUp = 0 } = comparison
  const verdict = differences.length === 0 ? 'exact' : 'DIFFERENT'
  return [
    `${verdict}, ${access}, ${lines} lines, ${updates} updates, ${tookMs} ms; ${listed(faults)}`,
    ...(Object.keys(failures).length === 0 ? [] : [`failed invocations: ${listed(failures)}`]),
    ...(givenUp === 0 ? [] : [`${givenUp} events in the on-failure destination, their uploads repeated`]),
  ].join('; ')
}
