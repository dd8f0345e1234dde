/**
 * Measures counting with several containers. Lambda invokes any idle one, so partitions move: each move is a takeover.
 */
import { type Contender, withEnvironment } from '../setup/contender.ts'
import { type TurnEnvironment, takeTurn } from './turn.ts'

export type ConcurrencyResult = {
  readonly containers: number
  readonly linesPerSecond: number
  readonly invocations: number
  readonly takeovers: number
  readonly takeoversPerMinute: number
}

export async function measureConcurrency(
  environment: TurnEnvironment,
  contender: Contender,
  containers: readonly number[],
): Promise<readonly ConcurrencyResult[]> {
  const results: ConcurrencyResult[] = []
  for (const number of containers) {
    const { linesPerSecond, lastedMs, invocations, takeovers } = await takeTurn(environment, {
      ...withEnvironment(contender, { COUNT_CONCURRENCY: String(number) }),
      name: `count, ${number} containers`,
    })
    const takeoversPerMinute = takeovers / (lastedMs / 60_000)
    results.push({ containers: number, linesPerSecond, invocations, takeovers, takeoversPerMinute })
  }
  return results
}
