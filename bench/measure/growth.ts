/** Measures throughput and memory of counting by numbers of partitions and books, with a constant number of lines. */
import type { Contender } from '../setup/contender.ts'
import { writeCorpus } from '../setup/corpus.ts'
import { type TurnEnvironment, takeTurn } from './turn.ts'

export type GrowthResult = {
  readonly partitions: number
  readonly books: number
  readonly lines: number
  readonly linesPerSecond: number
  readonly peakMb: number
}

export type Growth = {
  readonly partitions: readonly number[]
  readonly books: readonly number[]
  readonly lines: number
}

export async function measureGrowth(
  environment: Omit<TurnEnvironment, 'corpus' | 'partitions'>,
  contender: Contender,
  growth: Growth,
): Promise<readonly GrowthResult[]> {
  const results: GrowthResult[] = []
  for (const books of growth.books) {
    const corpus = writeCorpus(books, growth.lines)
    for (const partitions of growth.partitions) {
      const { linesPerSecond, usage } = await takeTurn({ ...environment, corpus, partitions }, contender)
      const result = { partitions, books, lines: corpus.lines, linesPerSecond, peakMb: usage.peakMb }
      console.error(
        `  ${partitions} partitions, ${books} books: ${Math.round(linesPerSecond).toLocaleString('en')} lines/s`,
      )
      results.push(result)
    }
  }
  return results
}
