import { parseArgs } from 'node:util'
import { AppError } from '../../lib/errors.ts'
import { scripts } from '../../local/bootstrap/scripts.mjs'

/** In the order in which they run. */
const measurements = [
  'ingest',
  'read',
  'console',
  'eventSource',
  'count',
  'path',
  'handler',
  'latency',
  'memory',
  'coldStarts',
  'growth',
  'api',
  'concurrency',
  'connections',
  'backlog',
  'restore',
] as const
export type Measurement = (typeof measurements)[number]

export type BenchOptions = {
  readonly measurements: readonly Measurement[]
  readonly contenders: readonly string[] | undefined
  readonly rounds: number
  readonly books: number
  readonly lines: number
  readonly quick: boolean
  /** Writes the results to bench/results.json and docs/performance.md. */
  readonly publish: boolean
  /** Writes bench/profiles for our own contenders among `contenders`. */
  readonly profile: boolean
}

/** @throws USAGE */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: scripts.bench.options })
  const quick = values.quick === true
  const books = wholeNumber('--books', values.books) ?? 200
  return {
    measurements: chosen(values.only),
    contenders: values.contenders?.split(','),
    rounds: wholeNumber('--rounds', values.rounds) ?? (quick ? 1 : 3),
    books,
    lines: wholeNumber('--lines', values.lines) ?? (quick ? 200_000 : 2_000_000),
    quick,
    publish: values.publish === true,
    profile: values.profile === true,
  }
}

function chosen(only: string | undefined): readonly Measurement[] {
  const names = only?.split(',') ?? measurements
  return names.map((name) => {
    const known = measurements.find((measurement) => measurement === name)
    if (known === undefined) throw usageError(`There is no measurement "${name}"`)
    return known
  })
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw usageError(`Invalid value for ${name}: "${text}" is not a whole number from 1`)
}

function usageError(what: string): AppError {
  return new AppError('USAGE', `${what}. Run 'npm run bench -- --help' for usage.`)
}
