import { AppError } from '../../lib/errors.ts'
import type { Contender } from '../contender.ts'
import { median } from '../statistics.ts'
import { type Place, type Result, takeTurn } from './turn.ts'

/** A contender's rounds; `linesPerSecond` is their median, undefined when none succeeded. */
export type Standing = Pick<Contender, 'name' | 'title' | 'kind' | 'expects' | 'guarantee'> & {
  readonly ours: boolean
  readonly linesPerSecond: number | undefined
  readonly rounds: readonly Result[]
  readonly failures: readonly string[]
}

/** Every contender in turn, and again, so that a slow minute of the machine does not hit one alone. */
export async function takeRounds(
  place: Place,
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Standing[]> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Result[]]))
  const failures = new Map(contenders.map(({ name }) => [name, [] as string[]]))
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const { name } = contender
      try {
        const result = await takeTurn(place, contender)
        results.get(name)!.push(result)
        console.error(
          `  round ${round}  ${name}: ${Math.round(result.linesPerSecond).toLocaleString('en')} lines/s`,
        )
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        failures.get(name)!.push(error.message)
        console.error(`  round ${round}  ${name}: ${error.message}`)
      }
    }
  }
  return contenders.map(({ name, title, kind, expects, guarantee, ours = false }) => {
    const done = results.get(name)!
    const linesPerSecond = done.length === 0 ? undefined : medianOf(done, (result) => result.linesPerSecond)
    const failed = failures.get(name)!
    return { name, title, kind, expects, guarantee, ours, linesPerSecond, rounds: done, failures: failed }
  })
}

export function medianOf<T>(items: readonly T[], value: (item: T) => number): number {
  return median(items.map(value))
}
