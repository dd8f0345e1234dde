import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeMachine } from '../../bench/report/machine.ts'
import type { MatrixReport } from './report.ts'

const page = fileURLToPath(new URL('../../docs/clusters.md', import.meta.url))
const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url))
const [begin, end] = ['<!-- written by npm run test:clusters -->', '<!-- end -->']

/** Writes the table and the summary of a run to docs/clusters.md. */
export function publish(report: MatrixReport): void {
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) throw new Error(`${page} lacks "${begin}" and "${end}".`)
  const { cores, versions } = describeMachine()
  const date = new Date().toISOString().slice(0, 10)
  const run = `${date}, Node.js ${versions['Node.js']}, Java ${versions.Java}, ${cores} cores. ${report.summary()}`
  writeFileSync(
    page,
    `${text.slice(0, before + begin.length)}\n\n${run}\n\n${report.table()}\n\n${text.slice(after)}`,
  )
  execFileSync(biome, ['format', '--write', page])
}
