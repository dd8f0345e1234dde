import { type Cost, costOf, memoryMb, prices } from './cost.ts'
import { markdownTable } from './markdown-table.ts'
import type { BenchReport } from './report.ts'
import { thousands } from './targets.ts'

const linesAMonth = [1e6, 1e8, 1e9, 1e10]

/** Returns the cost of our contenders for a million lines, the arithmetic, and the cost by volume. */
export function costTable({ standings, lines }: BenchReport): string {
  const costs = standings
    .filter(({ name, rounds }) => ['ingest', 'count', 'count-batch'].includes(name) && rounds.length > 0)
    .map((standing) => costOf(standing, lines))
  if (costs.length === 0) return ''
  const head = ['a million lines', 'seconds', 'GB-seconds', 'invocations', 'dollars']
  return [markdownTable(head, costs.map(costRow)), arithmetic, volumeTable(costs)].join('\n\n')
}

const arithmetic = [
  `GB-seconds = seconds × ${thousands(memoryMb)} MB ÷ 1,024; dollars = GB-seconds × ${prices.gbSecond} + invocations × ${prices.request.toFixed(7)}.`,
  'Seconds are the sum of the invocations’ durations measured here, on a machine that also ran the broker and the rest.',
].join(' ')

function costRow(cost: Cost): string[] {
  return [
    `\`${cost.function}\``,
    cost.secondsPerMillion.toFixed(1),
    cost.gbSecondsPerMillion.toFixed(1),
    thousands(cost.invocationsPerMillion),
    cost.dollarsPerMillion.toFixed(5),
  ]
}

/** Adds up `ingest` and `count`. */
function volumeTable(costs: readonly Cost[]): string {
  const perMillion = costs
    .filter((cost) => cost.function !== 'count-batch')
    .reduce((sum, { dollarsPerMillion }) => sum + dollarsPerMillion, 0)
  const rows = linesAMonth.map((lines) => {
    const dollars = (lines / 1e6) * perMillion
    return [thousands(lines), dollars.toPrecision(2)]
  })
  return markdownTable(['lines a month', '`ingest` and `count`, dollars'], rows)
}
