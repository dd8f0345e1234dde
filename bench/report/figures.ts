/** The figures that README quotes. */
import { markdownTable } from './markdown-table.ts'
import type { BenchReport } from './report.ts'
import { ratioTargets } from './targets.ts'

export function readmeOf(report: BenchReport): string {
  const rows = ratioTargets(report).map(({ what, measured }) => [what, measured])
  const immediate = (report.latency ?? []).filter(({ windowMs }) => windowMs === 0)
  for (const { medianMs } of immediate)
    rows.push(['a small book, upload → count, no batching window', `${Math.round(medianMs)} ms`])
  const table = markdownTable(['', `measured ${report.date}, ${report.machine.cores} cores`], rows)
  return report.note === undefined ? table : `${table}\n\n${report.note}`
}
