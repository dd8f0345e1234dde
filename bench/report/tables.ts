/** Formats a report as Markdown. */
import type { RecordCost } from '../contenders/record-cost.ts'
import type { MemoryResult } from '../measure/memory.ts'
import { costTable } from './cost-table.ts'
import { markdownTable } from './markdown-table.ts'
import type { BenchReport } from './report.ts'
import { section } from './section.ts'
import { standings } from './standings-table.ts'
import { beyondTheClient, targetsOf, thousands } from './targets.ts'

export function markdownOf(report: BenchReport, plot?: string): string {
  return [
    introduction(report),
    section('Targets', markdownTable(['what', 'wanted', 'measured', ''], targetRows(report))),
    standings(report, 'ingest', 'Into the books topic', 'ingest'),
    standings(report, 'read', 'Reading the books topic only (start-up included)', 'event-source'),
    consoleTools(report),
    eventSource(report),
    standings(report, 'count', 'Counting, every update published', 'count', 'updates'),
    standings(report, 'count', 'Counting, the last count of a batch published', 'count-batch', 'counts'),
    path(report),
    handler(report),
    latency(report),
    memory(report),
    backlog(report),
    coldStarts(report),
    growth(report, plot),
    api(report),
    concurrency(report),
    connections(report),
    restore(report),
    costs(report),
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}

function introduction({ date, machine, books, lines, bytes, rounds, note }: BenchReport): string {
  const { processor, cores, memoryGb, system, versions } = machine
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${date}: ${thousands(lines)} lines in ${books} books, ${Math.round(bytes / 1e6)} MB; ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`}.`,
    `${cores} cores of ${processor}, ${memoryGb} GB, ${system}. ${list.join(', ')}.`,
    ...(note === undefined ? [] : ['', note]),
  ].join('\n')
}

function targetRows(report: BenchReport): string[][] {
  return targetsOf(report).map(({ what, wanted, measured, isMet }) => [
    what,
    wanted,
    measured,
    isMet ? '✔' : '✖',
  ])
}

function consoleTools({ console }: BenchReport): string {
  if (console === undefined) return ''
  const rows = console.rows.map(({ tool, seconds, cpuSeconds, peakMb }) => [
    tool,
    seconds.toFixed(1),
    thousands(console.lines / seconds),
    cpuSeconds.toFixed(1),
    thousands(peakMb),
  ])
  return section(
    `A file of ${thousands(console.bytes / 1e6)} MB, ${thousands(console.lines)} lines, from the command line`,
    markdownTable(['', 'seconds, with start', 'lines/s', 'CPU s', 'peak MB'], rows),
  )
}

function eventSource({ eventSource }: BenchReport): string {
  if (eventSource === undefined) return ''
  const { records, batchSize, client, delivered } = eventSource
  const row = (title: string, { cpuMicros, recordsPerSecond, peakMb }: RecordCost) => [
    title,
    cpuMicros.toFixed(2),
    thousands(recordsPerSecond),
    thousands(peakMb),
  ]
  const rows = [
    row('its Kafka client alone', client),
    row('with batches and invocations', delivered),
    ['beyond the client', beyondTheClient(eventSource).toFixed(2), '', ''],
    ['the container beside it, which decodes', delivered.childCpuMicros.toFixed(2), '', ''],
  ]
  return section(
    `What a record costs the event source: ${thousands(records)} waiting, batch size ${thousands(batchSize)}`,
    markdownTable(['', 'CPU µs a record', 'records/s', 'peak MB'], rows),
  )
}

function path({ path }: BenchReport): string {
  if (path === undefined) return ''
  const { lines, linesPerSecond } = path
  return section(
    'The whole path',
    `${thousands(lines)} lines, from the upload of the first book to the last count, every update published: ${thousands(linesPerSecond)} lines/s.`,
  )
}

function handler({ handler }: BenchReport): string {
  if (handler === undefined) return ''
  const { recordsPerEvent, eventBytes, recordsPerSecond } = handler
  const { recordsPerSecondWithParse, recordsPerSecondWithPlainParse } = handler
  return section(
    'The count handler alone',
    `${thousands(recordsPerEvent)} records an event (${(eventBytes / 1e6).toFixed(1)} MB): ${thousands(recordsPerSecond)} records/s after the parse. With the parse of the event's JSON, as deployed: ${thousands(recordsPerSecondWithParse)} records/s; with Node's own JSON.parse: ${thousands(recordsPerSecondWithPlainParse)} records/s.`,
  )
}

function latency({ latency }: BenchReport): string {
  if (latency === undefined) return ''
  const rows = latency.map(({ windowMs, uploads, medianMs, p95Ms, p99Ms }) =>
    [windowMs, uploads, medianMs, p95Ms, p99Ms].map((value) =>
      value === undefined ? 'not measured' : String(Math.round(value)),
    ),
  )
  return section(
    'From the upload of a small book to its count',
    markdownTable(
      ['batching window ms', 'uploads', 'median ms', '95th percentile ms', '99th percentile ms'],
      rows,
    ),
  )
}

function memory({ memory }: BenchReport): string {
  if (memory === undefined) return ''
  return section(`Memory of ingest: one book of ${thousands(memory.bytes / 1e6)} MB`, memoryTable(memory))
}

function backlog({ backlog }: BenchReport): string {
  if (backlog === undefined) return ''
  const { lines, linesPerSecond, invocations, failedInvocations } = backlog
  const summary = `${thousands(linesPerSecond)} lines/s from the start of the event source to the last count, in ${thousands(invocations)} invocations, of which ${failedInvocations} failed.`
  return section(`A backlog of ${thousands(lines)} lines`, `${summary}\n\n${memoryTable(backlog)}`)
}

function memoryTable({ processes }: MemoryResult): string {
  const rows = processes.map(({ process, peakMb, secondQuarterMb, lastQuarterMb }) => [
    process,
    ...[secondQuarterMb, lastQuarterMb, peakMb].map((value) => String(Math.round(value))),
  ])
  return markdownTable(['process', 'second quarter MB', 'last quarter MB', 'peak MB'], rows)
}

function coldStarts({ coldStarts }: BenchReport): string {
  if (coldStarts === undefined) return ''
  const rows = coldStarts.map(({ function: name, ms, bundleBytes }) => [
    name,
    String(Math.round(ms)),
    thousands(bundleBytes / 1_000),
  ])
  return section('Cold start', markdownTable(['function', 'ms', 'bundle kB'], rows))
}

function growth({ growth }: BenchReport, plot: string | undefined): string {
  if (growth === undefined) return ''
  const rows = growth.map(({ partitions, books, linesPerSecond, peakMb }) =>
    [partitions, books, linesPerSecond, peakMb].map(thousands),
  )
  const head = ['partitions', 'books', 'lines/s', 'peak MB, all processes']
  const picture = plot === undefined ? '' : `\n\n![Throughput and memory over books](${plot})`
  return section(`Growth: counting ${thousands(growth[0]!.lines)} lines`, markdownTable(head, rows) + picture)
}

function api({ api }: BenchReport): string {
  if (api === undefined) return ''
  const { books, changesPerSecond, firstMs, peakMb, requests } = api
  const rows = requests.map(({ request, medianMs, p95Ms }) => [
    `\`${request}\``,
    medianMs.toFixed(1),
    p95Ms.toFixed(1),
  ])
  const conditions = [
    `${thousands(books)} books, of which ${thousands(changesPerSecond)} change each second, over HTTP as \`npm start\` serves it.`,
    `The first request, which reads them all, took ${thousands(firstMs)} ms; the serving process had ${thousands(peakMb)} MB at most.`,
  ]
  const head = ['request', 'median ms', '95th percentile ms']
  return section('The counts API', `${markdownTable(head, rows)}\n\n${conditions.join(' ')}`)
}

function concurrency(report: BenchReport): string {
  const body = concurrencyTable(report)
  return body === '' ? '' : section('Containers: any idle one gets the next batch', body)
}

export function concurrencyTable({ concurrency }: BenchReport): string {
  if (concurrency === undefined) return ''
  const rows = concurrency.map(({ containers, linesPerSecond, takeovers, takeoversPerMinute }) =>
    [containers, linesPerSecond, takeovers, takeoversPerMinute].map(thousands),
  )
  const head = ['containers of `count`', 'lines/s', 'takeovers', 'a minute']
  return markdownTable(head, rows)
}

function connections(report: BenchReport): string {
  const body = connectionsTable(report)
  return body === '' ? '' : section('Connections to a cluster of three brokers', body)
}

export function connectionsTable({ connections }: BenchReport): string {
  if (connections === undefined) return ''
  const rows = connections.map(({ what, opened, openedAtOneBroker, kept }) => [
    what,
    ...[opened, openedAtOneBroker, kept].map(String),
  ])
  return markdownTable(['', 'opened', 'most at one broker', 'more than before'], rows)
}

function restore({ restore }: BenchReport): string {
  if (restore === undefined) return ''
  const { books, updates, stages } = restore
  const rows = stages.map(({ state, records, bytes, loadMs, firstBatchMs, slowestMs }) => [
    state,
    thousands(records),
    (bytes / 1e6).toFixed(1),
    ...[loadMs, firstBatchMs, slowestMs].map((ms) => String(Math.round(ms))),
  ])
  const head = ['state topic', 'records', 'MB', 'handler loaded ms', 'first batch counted ms', 'slowest ms']
  return section(
    `A cold container's first batch: ${thousands(books)} books, ${thousands(updates)} updates`,
    markdownTable(head, rows),
  )
}

function costs(report: BenchReport): string {
  const body = costTable(report)
  return body === '' ? '' : section('Cost on Lambda', body)
}
