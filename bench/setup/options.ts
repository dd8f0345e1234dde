import { parseArgs } from 'node:util'
import { AppError, messageOf } from '../../lib/errors.ts'

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
  /** Undefined selects all contenders. */
  readonly contenders: readonly string[] | undefined
  readonly rounds: number
  readonly books: number
  readonly lines: number
  readonly quick: boolean
  /** Writes the results to bench/results.json and docs/performance.md. */
  readonly publish: boolean
  /** Writes bench/profiles for our own contenders among `contenders`. */
  readonly profile: boolean
  readonly help: boolean
}

export const usage = `Usage: npm run bench -- [--quick] [--publish] [--profile] [--only MEASUREMENT,…] [--contenders NAME,…] [--rounds N] [--lines N] [--books N]
  --quick       writes a tenth of the lines, and runs one round
  --publish     writes bench/results.json and the tables and the plot of docs/performance.md
  --profile     writes the processor time of our contenders, by function, to bench/profiles
  --only        runs only these measurements: ${measurements.join(', ')}
  --contenders  runs only these contenders, named as in the first column of the tables
  -h, --help    show this help`

/** @throws USAGE */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parse(args)
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
    help: values.help === true,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        publish: { type: 'boolean' },
        profile: { type: 'boolean' },
        only: { type: 'string' },
        contenders: { type: 'string' },
        rounds: { type: 'string' },
        lines: { type: 'string' },
        books: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    throw new AppError('USAGE', `${messageOf(cause)}\n${usage}`, { cause })
  }
}

function chosen(only: string | undefined): readonly Measurement[] {
  const names = only?.split(',') ?? measurements
  return names.map((name) => {
    const known = measurements.find((measurement) => measurement === name)
    if (known === undefined) throw new AppError('USAGE', `There is no measurement "${name}".\n${usage}`)
    return known
  })
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new AppError('USAGE', `${name} must be a whole number from 1, not "${text}".\n${usage}`)
}
