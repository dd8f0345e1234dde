import type { Standing } from '../measure/rounds.ts'
import { medianOf } from '../setup/statistics.ts'
import { markdownTable, section, thousands } from './markdown.ts'
import type { BenchReport } from './report.ts'

/** Compares ours with each contender of one kind. */
export function standings(
  report: BenchReport,
  kind: Standing['kind'],
  title: string,
  ours: string,
  expects?: Standing['expects'],
): string {
  const shown = report.standings.filter(
    (standing) => standing.kind === kind && (expects === undefined || standing.expects === expects),
  )
  const own = report.standings.find(({ name }) => name === ours)?.linesPerSecond
  const head = [
    '',
    'lines/s',
    `${ours} is`,
    'from start',
    'start s',
    'CPU s',
    'broker CPU s',
    'peak MB',
    'after a crash',
  ]
  const rows = shown.map((standing) => standingRow(standing, report, own))
  const note = 'CPU seconds are for a million lines, the contender’s and the broker’s.'
  return rows.length === 0 ? '' : section(title, `${markdownTable(head, rows)}\n\n${note}`)
}

function standingRow(
  standing: Standing,
  { lines, rounds: wanted }: BenchReport,
  own: number | undefined,
): string[] {
  const { name, title, ours, linesPerSecond, rounds, failures, guarantee } = standing
  const measured = rounds.length + failures.length
  const note = measured < wanted ? ` (${measured} of ${wanted} rounds)` : ''
  const label = `${ours ? '**' : ''}\`${name}\`${ours ? '**' : ''} ${title}${note}`
  if (linesPerSecond === undefined) return [label, `failed: ${failures[0]?.split('\n')[0]}`]
  const perMillion = (seconds: number) => ((seconds / lines) * 1e6).toFixed(1)
  return [
    label,
    thousands(linesPerSecond),
    own === undefined ? '' : `${(own / linesPerSecond).toFixed(2)} ×`,
    thousands(medianOf(rounds, (result) => result.linesPerSecondFromStart)),
    (medianOf(rounds, (result) => result.startMs) / 1_000).toFixed(1),
    perMillion(medianOf(rounds, ({ usage }) => usage.cpuSeconds)),
    perMillion(medianOf(rounds, (result) => result.brokerCpuSeconds)),
    thousands(medianOf(rounds, ({ usage }) => usage.peakMb)),
    guarantee,
  ]
}
