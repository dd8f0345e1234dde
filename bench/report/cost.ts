/**
 * Computes the cost of a million lines on Lambda. Prices are for arm64 in us-east-1 (page "AWS Lambda pricing"). The
 * cost includes the functions' compute and requests, but not Kafka, S3 or the poller.
 */
import type { Standing } from '../measure/rounds.ts'
import { medianOf } from '../setup/statistics.ts'
import { markdownTable, thousands } from './markdown.ts'
import type { BenchReport } from './report.ts'

const prices = { gbSecond: 0.0000133334, request: 0.2 / 1e6 } as const
/** The memory in serverless.yml. Lambda bills 1,024 MB as a GB. */
const memoryMb = 1_769

const linesAMonth = [1e6, 1e8, 1e9, 1e10]

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
  'Seconds are the sum of the invocations’ durations measured here, on a machine that also ran the broker and all other programs.',
].join(' ')

function costRow({ name, seconds, gbSeconds, invocations, dollars }: Cost): string[] {
  return [`\`${name}\``, seconds.toFixed(1), gbSeconds.toFixed(1), thousands(invocations), dollars.toFixed(5)]
}

function volumeTable(costs: readonly Cost[]): string {
  const perMillion = costs
    .filter(({ name }) => name !== 'count-batch')
    .reduce((sum, { dollars }) => sum + dollars, 0)
  const rows = linesAMonth.map((lines) => [thousands(lines), ((lines / 1e6) * perMillion).toPrecision(2)])
  return markdownTable(['lines a month', '`ingest` and `count`, dollars'], rows)
}

type Cost = ReturnType<typeof costOf>

/** All values are for a million lines. `seconds` is the duration of all invocations. */
function costOf({ name, rounds }: Standing, lines: number) {
  const seconds = (medianOf(rounds, ({ invokedMs }) => invokedMs) / 1_000 / lines) * 1e6
  const invocations = (medianOf(rounds, (result) => result.invocations) / lines) * 1e6
  const gbSeconds = (seconds * memoryMb) / 1_024
  const dollars = gbSeconds * prices.gbSecond + invocations * prices.request
  return { name, seconds, gbSeconds, invocations, dollars }
}
