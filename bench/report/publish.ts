import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { plotOf } from './plot.ts'
import type { Report } from './report.ts'
import { markdownOf } from './tables.ts'

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const plot = fileURLToPath(new URL('../../docs/performance-growth.svg', import.meta.url))
const results = fileURLToPath(new URL('../results.json', import.meta.url))
const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url))
const [begin, end] = ['<!-- written by npm run bench -->', '<!-- end -->']

/** Writes a report to the repository: bench/results.json, the tables of docs/performance.md, and the plot. */
export function publish(run: Report): void {
  const report = existsSync(results) ? merged(JSON.parse(readFileSync(results, 'utf8')), run) : run
  writeFileSync(results, `${JSON.stringify(report, withoutSamples, 2)}\n`)
  if (report.growth !== undefined) writeFileSync(plot, plotOf(report.growth))
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) throw new Error(`${page} lacks "${begin}" and "${end}".`)
  const tables = markdownOf(report, 'performance-growth.svg')
  writeFileSync(page, `${text.slice(0, before + begin.length)}\n\n${tables}\n\n${text.slice(after)}`)
  execFileSync(biome, ['format', '--write', page, results])
}

/** Keeps published results that this run did not measure, if they are of the same lines on the same machine. */
export function merged(published: Report, run: Report): Report {
  if (!isDeepStrictEqual(inputOf(published), inputOf(run))) return run
  const { rounds, standings } = run.standings.length > 0 ? run : published
  return { ...published, ...run, rounds, standings }
}

function inputOf({ machine, books, lines, bytes }: Report) {
  return { machine, books, lines, bytes }
}

/** Omits memory samples, which are large, and command lines, which contain paths of this machine. */
function withoutSamples(key: string, value: unknown): unknown {
  return key === 'residentMb' || key === 'program' ? undefined : value
}
