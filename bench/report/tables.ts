import type { RecordCost } from '../contenders/record-cost.ts'
import { costTable } from './cost.ts'
import { markdownTable, section, thousands } from './markdown.ts'
import type { BenchReport, Measured } from './report.ts'
import { standings } from './standings-table.ts'
import { costBeyondClient, ratioTargets, targetsOf } from './targets.ts'

export function markdownOf(report: BenchReport, plot?: string): string {
  return [
    introduction(report),
    section('Targets', markdownTable(['what', 'wanted', 'measured', ''], targetRows(report))),
    standings(report, 'ingest', 'Into the books topic', 'ingest'),
    standings(report, 'read', 'Reading the books topic only (start-up included)', 'event-source'),
    report.console && consoleTools(report.console),
    report.eventSource && eventSource(report.eventSource),
    standings(report, 'count', 'Counting, every update published', 'count', 'updates'),
    standings(report, 'count', 'Counting, the last count of a batch published', 'count-batch', 'counts'),
    report.path && path(report.path),
    report.handler && handler(report.handler),
    report.latency && latency(report.latency),
    report.memory && memory(report.memory),
    report.backlog && backlog(report.backlog),
    report.coldStarts && coldStarts(report.coldStarts),
    report.growth && growth(report.growth, plot),
    report.api && api(report.api),
    section('Several containers: any idle one receives the next batch', concurrencyTable(report)),
    section('Connections to a cluster of three brokers', connectionsTable(report)),
    report.restore && restore(report.restore),
    section('Cost on Lambda', costTable(report)),
  ]
    .filter((text) => text)
    .join('\n\n')
}

export function readmeOf(report: BenchReport): string {
  const rows = ratioTargets(report).map(({ what, measured }) => [what, measured])
  for (const { windowMs, medianMs } of report.latency ?? [])
    if (windowMs === 0)
      rows.push(['a small book, upload → count, no batching window', `${Math.round(medianMs)} ms`])
  const table = markdownTable(['', `measured ${report.date}, ${report.machine.cores} cores`], rows)
  return report.note === undefined ? table : `${table}\n\n${report.note}`
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

function consoleTools(console: Measured<'console'>): string {
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

function eventSource(eventSource: Measured<'eventSource'>): string {
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
    ['beyond the client', costBeyondClient(eventSource).toFixed(2), '', ''],
    ['its container, with decoding', delivered.childCpuMicros.toFixed(2), '', ''],
  ]
  return section(
    `Processor time per record in the event source: ${thousands(records)} waiting, batch size ${thousands(batchSize)}`,
    markdownTable(['', 'CPU µs a record', 'records/s', 'peak MB'], rows),
  )
}

function path({ lines, linesPerSecond }: Measured<'path'>): string {
  return section(
    'The whole path',
    `${thousands(lines)} lines, from the upload of the first book to the last count, every update published: ${thousands(linesPerSecond)} lines/s.`,
  )
}

function handler(handler: Measured<'handler'>): string {
  const { recordsPerEvent, eventBytes } = handler
  const rate = (value: number) => `${thousands(value)} records/s`
  return section(
    'The count handler alone',
    `${thousands(recordsPerEvent)} records an event (${(eventBytes / 1e6).toFixed(1)} MB): ${rate(handler.recordsPerSecond)} after the parse. With the parse of the event's JSON, as deployed: ${rate(handler.recordsPerSecondWithParse)}; with Node's own JSON.parse: ${rate(handler.recordsPerSecondWithPlainParse)}.`,
  )
}

function latency(latency: Measured<'latency'>): string {
  const rows = latency.map(({ windowMs, uploads, medianMs, p95Ms, p99Ms }) =>
    [windowMs, uploads, medianMs, p95Ms, p99Ms].map(whole),
  )
  const head = ['batching window ms', 'uploads', 'median ms', '95th percentile ms', '99th percentile ms']
  return section('From the upload of a small book to its count', markdownTable(head, rows))
}

function memory(memory: Measured<'memory'>): string {
  return section(`Memory of ingest: one book of ${thousands(memory.bytes / 1e6)} MB`, memoryTable(memory))
}

function backlog(backlog: Measured<'backlog'>): string {
  const { lines, linesPerSecond, invocations, failedInvocations } = backlog
  const summary = `${thousands(linesPerSecond)} lines/s from the start of the event source to the last count, in ${thousands(invocations)} invocations, of which ${failedInvocations} failed.`
  return section(`A backlog of ${thousands(lines)} lines`, `${summary}\n\n${memoryTable(backlog)}`)
}

function memoryTable({ processes }: Measured<'memory'>): string {
  const rows = processes.map(({ process, peakMb, secondQuarterMb, lastQuarterMb }) => [
    process,
    ...[secondQuarterMb, lastQuarterMb, peakMb].map(whole),
  ])
  return markdownTable(['process', 'second quarter MB', 'last quarter MB', 'peak MB'], rows)
}

function coldStarts(coldStarts: Measured<'coldStarts'>): string {
  const rows = coldStarts.map(({ function: name, ms, bundleBytes }) => [
    name,
    whole(ms),
    thousands(bundleBytes / 1_000),
  ])
  return section('Cold start', markdownTable(['function', 'ms', 'bundle kB'], rows))
}

function growth(growth: Measured<'growth'>, plot: string | undefined): string {
  const rows = growth.map(({ partitions, books, linesPerSecond, peakMb }) =>
    [partitions, books, linesPerSecond, peakMb].map(thousands),
  )
  const head = ['partitions', 'books', 'lines/s', 'peak MB, all processes']
  const picture = plot === undefined ? '' : `\n\n![Throughput and memory over books](${plot})`
  return section(`Growth: counting ${thousands(growth[0]!.lines)} lines`, markdownTable(head, rows) + picture)
}

function api({ books, changesPerSecond, firstMs, peakMb, requests }: Measured<'api'>): string {
  const rows = requests.map(({ request, medianMs, p95Ms }) => [
    `\`${request}\``,
    medianMs.toFixed(1),
    p95Ms.toFixed(1),
  ])
  const conditions = [
    `${thousands(books)} books, of which ${thousands(changesPerSecond)} change each second, over HTTP as \`npm start\` serves it, to the last byte of the compressed response.`,
    `The first request, which reads them all, took ${thousands(firstMs)} ms; the serving process had ${thousands(peakMb)} MB at most.`,
  ]
  const head = ['request', 'median ms', '95th percentile ms']
  return section('The counts API', `${markdownTable(head, rows)}\n\n${conditions.join(' ')}`)
}

export function concurrencyTable({ concurrency }: BenchReport): string {
  if (concurrency === undefined) return ''
  const rows = concurrency.map(({ containers, linesPerSecond, takeovers, takeoversPerMinute }) =>
    [containers, linesPerSecond, takeovers, takeoversPerMinute].map(thousands),
  )
  const head = ['containers of `count`', 'lines/s', 'takeovers', 'a minute']
  return markdownTable(head, rows)
}

export function connectionsTable({ connections }: BenchReport): string {
  if (connections === undefined) return ''
  const rows = connections.map(({ what, opened, openedAtOneBroker, kept }) => [
    what,
    ...[opened, openedAtOneBroker, kept].map(String),
  ])
  return markdownTable(['', 'opened', 'maximum at one broker', 'more open afterwards'], rows)
}

function restore({ books, updates, stages }: Measured<'restore'>): string {
  const rows = stages.map(({ state, records, bytes, loadMs, firstBatchMs, slowestMs }) => [
    state,
    thousands(records),
    (bytes / 1e6).toFixed(1),
    ...[loadMs, firstBatchMs, slowestMs].map(whole),
  ])
  const head = ['state topic', 'records', 'MB', 'handler loaded ms', 'first batch counted ms', 'slowest ms']
  return section(
    `A cold container's first batch: ${thousands(books)} books, ${thousands(updates)} updates`,
    markdownTable(head, rows),
  )
}

function whole(value: number): string {
  return String(Math.round(value))
}
