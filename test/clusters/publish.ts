import { describeMachine } from '../../bench/report/machine.ts'
import { publishSection } from '../harness/publish-section.ts'
import type { MatrixReport } from './report.ts'

/** Writes the table and the summary of a run to docs/clusters.md. */
export function publish(report: MatrixReport): void {
  const { cores, versions } = describeMachine()
  const date = new Date().toISOString().slice(0, 10)
  const run = `${date}, Node.js ${versions['Node.js']}, Java ${versions.Java}, ${cores} cores. ${report.summary()}`
  const page = new URL('../../docs/clusters.md', import.meta.url)
  publishSection(page, 'test:clusters', `${run}\n\n${report.table()}`)
}
