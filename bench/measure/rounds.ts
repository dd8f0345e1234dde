import { AppError } from '../../lib/errors.ts'
import type { Contender } from '../setup/contender.ts'
import { medianOf } from '../setup/statistics.ts'
import { type TurnEnvironment, type TurnResult, takeTurn } from './turn.ts'

/** The rounds of one contender. `linesPerSecond` is their median, or undefined when all rounds failed. */
export type Standing = Pick<Contender, 'name' | 'title' | 'kind' | 'expects' | 'guarantee'> & {
  readonly ours: boolean
  readonly linesPerSecond: number | undefined
  readonly rounds: readonly TurnResult[]
  readonly failures: readonly string[]
}

/** Alternates between the contenders, so that a slow minute of the machine affects all of them. */
export async function takeRounds(
  environment: TurnEnvironment,
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Standing[]> {
  const results = new Map(contenders.map(({ name }) => [name, [] as TurnResult[]]))
  const failures = new Map(contenders.map(({ name }) => [name, [] as string[]]))
  for (const contender of firstOfEachKind(contenders)) await take(environment, contender, 'warming up')
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      if (contender.slow && round > 1) continue
      const result = await take(environment, contender, `round ${round}`)
      if (typeof result === 'string') failures.get(contender.name)!.push(result)
      else results.get(contender.name)!.push(result)
    }
  }
  return contenders.map(({ name, title, kind, expects, guarantee, ours = false }) => {
    const done = results.get(name)!
    const linesPerSecond = done.length === 0 ? undefined : medianOf(done, (result) => result.linesPerSecond)
    const failed = failures.get(name)!
    return { name, title, kind, expects, guarantee, ours, linesPerSecond, rounds: done, failures: failed }
  })
}

/**
 * Returns one contender of each kind. Their results are discarded, because a new broker's JIT compilation takes CPU
 * time.
 */
function firstOfEachKind(contenders: readonly Contender[]): readonly Contender[] {
  return contenders.filter(({ kind }, i) => contenders.findIndex((other) => other.kind === kind) === i)
}

async function take(
  environment: TurnEnvironment,
  contender: Contender,
  when: string,
): Promise<TurnResult | string> {
  const { name } = contender
  try {
    const result = await takeTurn(environment, contender)
    const rate = Math.round(result.linesPerSecond).toLocaleString('en')
    console.error(`  ${when}  ${name}: ${rate} lines/s`)
    return result
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    console.error(`  ${when}  ${name}: ${error.message}`)
    return error.message
  }
}
