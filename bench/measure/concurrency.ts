/**
 * Counting with one, two and five containers: Lambda gives a batch to any that is idle, so a partition goes from one to
 * another, and each time is a takeover, with connections of its own.
 */

import type { Contender } from '../contender.ts'
import { nodeProgram } from '../contenders/node-program.ts'
import { type Place, takeTurn } from './turn.ts'

export type ConcurrencyResult = {
  readonly containers: number
  readonly linesPerSecond: number
  readonly invocations: number
  readonly takeovers: number
  readonly takeoversPerMinute: number
}

export async function measureConcurrency(
  place: Place,
  contender: Contender,
  containers: readonly number[],
): Promise<readonly ConcurrencyResult[]> {
  const results: ConcurrencyResult[] = []
  for (const number of containers) {
    const { linesPerSecond, lastedMs, invocations, takeovers } = await takeTurn(place, {
      ...contender,
      name: `count, ${number} containers`,
      command: (turn) => {
        const { env } = contender.command(turn)
        return { ...nodeProgram('count-topic.ts'), env: { ...env, COUNT_CONCURRENCY: String(number) } }
      },
    })
    const takeoversPerMinute = takeovers / (lastedMs / 60_000)
    results.push({ containers: number, linesPerSecond, invocations, takeovers, takeoversPerMinute })
  }
  return results
}
