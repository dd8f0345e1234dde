/** The result of a run: in one sentence for the terminal, and as tables for docs/guarantees.md. */
import { groupBy } from '../../kafka/protocol/group-by.ts'
import { isExact, type Kind, listed, type OracleComparison, type ScheduleResult } from './report.ts'

export type FaultRun = {
  /** The seed of the first schedule of each kind. */
  readonly seed: number
  readonly brokers: 1 | 3
  readonly minutes: number
  readonly results: readonly ScheduleResult[]
}

const kinds: readonly Kind[] = ['counting', 'system', 'storm']
const titles: Readonly<Record<Kind, string>> = {
  counting: 'counting',
  system: 'whole system',
  storm: 'storms',
}
type Numbers = Readonly<Record<string, number>>

/** Requires a fault, because a run without one tests nothing. */
export function succeeded({ results }: FaultRun): boolean {
  const faults = sum(results.map(({ comparison }) => total(comparison?.faults ?? {})))
  return faults > 0 && results.every(({ comparison }) => isExact(comparison))
}

export function sentenceOf({ results }: FaultRun): string {
  const different = results.filter(({ comparison }) => !isExact(comparison))
  const names = different.map(({ kind, seed }) => `${kind} ${seed}`).join(', ')
  const faults = merged(results.map(({ comparison }) => comparison?.faults ?? {}))
  return (
    `${count(results, 'counting')} schedules of counting, ${count(results, 'system')} of the whole system and ` +
    `${count(results, 'storm')} storms: ` +
    `${different.length === 0 ? 'none differs' : `different: ${names}`}. ` +
    `${sum(results.map(({ comparison }) => comparison?.updates ?? 0))} updates compared. Faults: ${listed(faults) || 'none'}.`
  )
}

/** Only for a run that succeeded. */
export function markdownOf(run: FaultRun): string {
  const { results, seed, brokers, minutes } = run
  const shown = kinds.filter((kind) => count(results, kind) > 0)
  const byKind = shown.map((kind) => comparisonsOf(results, kind))
  const row = (name: string, numberOf: (comparison: OracleComparison) => number | undefined) => [
    name,
    ...byKind.map((all) => sumOrNothing(all.map(numberOf))),
  ]
  const overview = table(
    ['', ...shown.map((kind) => titles[kind])],
    [
      ['schedules', ...byKind.map(({ length }) => text(length))],
      row('events delivered', ({ deliveries }) => deliveries),
      row('failed invocations, whose events were delivered again', ({ failures }) => total(failures)),
      row('events in the on-failure destination, whose uploads were repeated', ({ givenUp }) => givenUp),
      row('lines', ({ lines }) => lines),
      row('updates compared with the oracle', ({ updates }) => updates),
      row('differences', ({ differences }) => differences.length),
    ],
  )
  const groups = shown.flatMap((kind) =>
    [...groupBy(comparisonsOf(results, kind), ({ access }) => access)]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([access, all]) => ({ title: `${titles[kind]}, ${access}`, all })),
  )
  const columns = groups.map(({ all }) => merged(all.map(({ faults }) => faults)))
  const names = Object.keys(merged(columns)).sort()
  const faults = table(
    ['', ...groups.map(({ title }) => title)],
    [
      ['schedules', ...groups.map(({ all }) => text(all.length))],
      ...names.map((name) => [name, ...columns.map((numbers) => text(numbers[name] ?? 0))]),
    ],
  )
  const reasons = merged(results.map(({ comparison }) => reasonsOf(comparison?.failures ?? {})))
  const failures = table(
    ['reason', 'failed invocations'],
    Object.entries(reasons)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, number]) => [reason, text(number)]),
  )
  return [
    `Seed ${seed}, ${brokers === 1 ? 'one broker' : 'three brokers'} for each cluster, ${minutes} minutes: ` +
      `${results.length} schedules, none different, none aborted, none skipped.`,
    overview,
    'Faults by the way in which functions connect:',
    faults,
    'Reasons of failed invocations:',
    failures,
  ].join('\n\n')
}

/** Joins reasons that differ only in addresses, topics and times: an error's code, or the message of the runtime. */
function reasonsOf(failures: Numbers): Numbers {
  return merged(Object.entries(failures).map(([what, number]) => ({ [reasonOf(what)]: number })))
}

function reasonOf(what: string): string {
  const [, part = '', code] = /^((?:ingest|count) )?([A-Z]+(?:_[A-Z]+)+): /.exec(what) ?? []
  if (code !== undefined) return `${part}${code}`
  return what.replace(/".*"/, '"…"').replaceAll(/\d+(?:\.\d+)?/g, 'N')
}

function comparisonsOf(results: readonly ScheduleResult[], wanted: Kind): OracleComparison[] {
  return results.flatMap(({ kind, comparison }) =>
    kind === wanted && comparison !== undefined ? [comparison] : [],
  )
}

function count(results: readonly ScheduleResult[], wanted: Kind): number {
  return results.filter(({ kind }) => kind === wanted).length
}

function merged(all: readonly Numbers[]): Numbers {
  const result: Record<string, number> = {}
  for (const numbers of all) {
    for (const [name, number] of Object.entries(numbers)) result[name] = (result[name] ?? 0) + number
  }
  return result
}

function total(numbers: Numbers): number {
  return sum(Object.values(numbers))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

function sumOrNothing(numbers: readonly (number | undefined)[]): string {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? '' : text(sum(known))
}

function text(number: number): string {
  return number.toLocaleString('en-US')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}
