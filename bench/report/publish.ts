import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { costTable } from './cost.ts'
import { plotOf } from './plot.ts'
import type { BenchReport } from './report.ts'
import { concurrencyTable, connectionsTable, markdownOf, readmeOf } from './tables.ts'

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))
const plot = pathOf('docs/performance-growth.svg')
const results = pathOf('bench/results.json')
const biome = pathOf('node_modules/.bin/biome')

const sections: Readonly<Record<string, Readonly<Record<string, (report: BenchReport) => string>>>> = {
  'README.md': { figures: readmeOf },
  'docs/performance.md': { results: (report) => markdownOf(report, 'performance-growth.svg') },
  'docs/deploy.md': { connections: connectionsTable, containers: concurrencyTable, cost: costTable },
}
export const publishedFiles = Object.keys(sections)

/** Writes bench/results.json, and the plot and the sections of documents that show its results. */
export function publish(run: BenchReport): void {
  const report = existsSync(results) ? merged(readResults(), run) : run
  writeFileSync(results, `${JSON.stringify(report, withoutSamples, 2)}\n`)
  if (report.growth !== undefined) writeFileSync(plot, plotOf(report.growth))
  for (const file of publishedFiles) {
    const path = pathOf(file)
    writeFileSync(path, published(file, readFileSync(path, 'utf8'), report))
  }
  execFileSync(biome, ['format', '--write', results])
}

export function readResults(): BenchReport {
  return JSON.parse(readFileSync(results, 'utf8')) as BenchReport
}

export function published(file: string, text: string, report: BenchReport): string {
  const written = Object.entries(sections[file]!).reduce(
    (page, [name, write]) => withSection(page, name, write(report)),
    text,
  )
  return execFileSync(biome, ['format', `--stdin-file-path=${file}`], { input: written, encoding: 'utf8' })
}

/** Adds the published results that this run did not measure, if both runs have the same lines and machine. */
export function merged(published: BenchReport, run: BenchReport): BenchReport {
  if (!isDeepStrictEqual(inputOf(published), inputOf(run))) return run
  const { rounds, note } = run.standings.length > 0 ? run : published
  const { note: _, ...kept } = published
  const measured = new Set(run.standings.map(({ kind }) => kind))
  const others = published.standings.filter(({ kind }) => !measured.has(kind))
  const standings = [...run.standings, ...others]
  return { ...kept, ...run, rounds, ...(note !== undefined && { note }), standings }
}

function inputOf({ machine, books, lines, bytes }: BenchReport) {
  return { machine, books, lines, bytes }
}

/** Replaces values for JSON.stringify: omits large memory samples, and command lines with paths of this machine. */
function withoutSamples(key: string, value: unknown): unknown {
  return key === 'residentMb' || key === 'program' ? undefined : value
}

/** Replaces the text between `<!-- NAME: written by npm run bench -->` and the next `<!-- end -->`. */
export function withSection(page: string, name: string, body: string): string {
  const begin = `<!-- ${name}: written by npm run bench -->`
  const begun = page.indexOf(begin)
  const end = page.indexOf('<!-- end -->', begun)
  if (begun < 0 || end < 0) throw new Error(`The page must contain "${begin}", and "<!-- end -->" after it.`)
  return `${page.slice(0, begun + begin.length)}\n\n${body}\n\n${page.slice(end)}`
}
