import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { plotOf } from './plot.ts'
import type { Report } from './report.ts'
import { markdownOf } from './tables.ts'

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const plot = fileURLToPath(new URL('../../docs/performance-growth.svg', import.meta.url))
const results = fileURLToPath(new URL('../results.json', import.meta.url))
const [begin, end] = ['<!-- written by npm run bench -->', '<!-- end -->']

/** Puts a report into the repository: bench/results.json, the tables of docs/performance.md, and the plot. */
export function publish(report: Report): void {
  writeFileSync(results, `${JSON.stringify(report, null, 2)}\n`)
  if (report.growth !== undefined) writeFileSync(plot, plotOf(report.growth))
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) throw new Error(`${page} lacks "${begin}" and "${end}".`)
  const tables = markdownOf(report, 'performance-growth.svg')
  writeFileSync(page, `${text.slice(0, before + begin.length)}\n\n${tables}\n\n${text.slice(after)}`)
}
