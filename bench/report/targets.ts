import { newCountContainer } from '../measure/connections.ts'
import { thousands } from './markdown.ts'
import type { BenchReport, Measured } from './report.ts'

type Target = {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly isMet: boolean
}

export function targetsOf(report: BenchReport): readonly Target[] {
  const { console, eventSource, handler, latency = [], memory, backlog, coldStarts = [], api } = report
  return [
    ...ratioTargets(report),
    ...pathTarget(report),
    ...(console ? consoleTargets(console) : []),
    ...(eventSource ? eventSourceTargets(eventSource) : []),
    ...(handler ? handlerTargets(handler) : []),
    ...latency.flatMap(latencyTargets),
    ...(memory ? memoryTargets(memory) : []),
    ...(backlog ? backlogTargets(backlog) : []),
    ...coldStarts.map(coldStartTarget),
    ...(api ? apiTargets(api) : []),
    ...connectionTarget(report),
    ...restoreTarget(report),
  ]
}

type RatioTarget = {
  readonly what: string
  readonly ours: string
  /** The peer with its defaults. The target applies to PEER-tuned if that is faster. */
  readonly peer: string
  readonly atLeast: number
}

/** On Lambda, uploads at the same time are ingested in several containers. */
const wantedRatios: readonly RatioTarget[] = [
  ...ingestTargets('ingest', 'ingest'),
  ...ingestTargets('ingest in two containers', 'ingest-2'),
  { what: 'ingest ÷ @confluentinc/kafka-javascript', ours: 'ingest', peer: 'kafka-javascript', atLeast: 1 },
  { what: 'ingest ÷ kafka-python', ours: 'ingest', peer: 'kafka-python', atLeast: 10 },
  { what: 'count ÷ Kafka Streams exactly-once', ours: 'count', peer: 'streams-eos', atLeast: 2 },
  { what: 'count ÷ Quix Streams exactly-once', ours: 'count', peer: 'quix-eos', atLeast: 2 },
  {
    what: 'count ÷ @confluentinc/kafka-javascript, no guarantee',
    ours: 'count',
    peer: 'kafka-javascript-count',
    atLeast: 1,
  },
  { what: 'count ÷ kafka-python, no guarantee', ours: 'count', peer: 'kafka-python-count', atLeast: 5 },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams exactly-once with its cache',
    ours: 'count-batch',
    peer: 'streams-eos-cache',
    atLeast: 1.2,
  },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams at-least-once with its cache',
    ours: 'count-batch',
    peer: 'streams-alo-cache',
    atLeast: 1,
  },
  {
    what: "event source, to a function that does nothing ÷ Apache's consumer performance tool",
    ours: 'event-source',
    peer: 'consumer-perf',
    atLeast: 1,
  },
]

function ingestTargets(what: string, ours: string): readonly RatioTarget[] {
  return [
    { what: `${what} ÷ Java's producer`, ours, peer: 'java-producer', atLeast: 1 },
    { what: `${what} ÷ Apache's performance tool`, ours, peer: 'producer-perf', atLeast: 1.5 },
    { what: `${what} ÷ kcat, which writes no headers`, ours, peer: 'kcat', atLeast: 0.5 },
  ]
}

/** Returns our ratios to the fastest measured peer of each target. */
export function ratioTargets(report: BenchReport): readonly Target[] {
  return wantedRatios.flatMap(({ what, ours, peer, atLeast }) => {
    const own = rateOf(report, ours)
    const [fastest] = [peer, `${peer}-tuned`]
      .map((name) => ({ name, rate: rateOf(report, name) ?? 0 }))
      .sort((a, b) => b.rate - a.rate)
    if (own === undefined || !fastest?.rate) return []
    return [ratioTarget(what, atLeast, own / fastest.rate, `, \`${fastest.name}\``)]
  })
}

function rateOf({ standings }: BenchReport, name: string): number | undefined {
  return standings.find((standing) => standing.name === name)?.linesPerSecond
}

function ratioTarget(what: string, atLeast: number, ratio: number, peer = ''): Target {
  return { what, wanted: `${atLeast} ×`, measured: `${ratio.toFixed(2)} ×${peer}`, isMet: ratio >= atLeast }
}

function pathTarget(report: BenchReport): readonly Target[] {
  const alone = rateOf(report, 'count')
  if (report.path === undefined || alone === undefined) return []
  return [ratioTarget('the whole path ÷ count alone', 0.75, report.path.linesPerSecond / alone)]
}

function consoleTargets({ bytes, rows }: Measured<'console'>): readonly Target[] {
  return (['produce', 'consume'] as const).map((direction) => {
    const [own, theirs] = [true, false].map(
      (ours) => rows.find((row) => row.direction === direction && row.ours === ours)!.seconds,
    )
    const what = `\`books ${direction}\` of ${thousands(bytes / 1e6)} MB ÷ Apache's console ${direction}r`
    return ratioTarget(what, 1, theirs! / own!)
  })
}

function eventSourceTargets(eventSource: Measured<'eventSource'>): readonly Target[] {
  const [own, peakMb] = [costBeyondClient(eventSource), eventSource.delivered.peakMb]
  const waiting = `the event source with ${thousands(eventSource.records)} records waiting`
  return [
    target('a record in the event source beyond its client', '≤ 1 µs', `${own.toFixed(2)} µs`, own <= 1),
    target(waiting, '≤ 300 MB', `${thousands(peakMb)} MB`, peakMb <= 300),
  ]
}

/** CPU time of the event source beyond its Kafka client, in microseconds per record. */
export function costBeyondClient({ client, delivered }: Measured<'eventSource'>): number {
  return delivered.cpuMicros - client.cpuMicros
}

function handlerTargets(handler: Measured<'handler'>): readonly Target[] {
  const { recordsPerSecond, recordsPerSecondWithParse, recordsPerSecondWithPlainParse } = handler
  const rate = (value: number) => `${thousands(value)} records/s`
  const what = "a deployed invocation of count ÷ the same with Node's own JSON.parse"
  return [
    target('the count handler alone', rate(1e6), rate(recordsPerSecond), recordsPerSecond >= 1e6),
    ratioTarget(what, 1.5, recordsPerSecondWithParse / recordsPerSecondWithPlainParse),
  ]
}

function latencyTargets({ windowMs, medianMs, p99Ms }: Measured<'latency'>[number]): readonly Target[] {
  const ms = (value: number) => `${Math.round(value)} ms`
  if (windowMs > 0) {
    const limit = windowMs + 300
    return [target(`upload → count, window ${windowMs} ms`, `< ${limit} ms`, ms(medianMs), medianMs < limit)]
  }
  return [
    target('upload → count, window 0, median', '≤ 25 ms', ms(medianMs), medianMs <= 25),
    target('upload → count, window 0, 99th percentile', '≤ 40 ms', ms(p99Ms), p99Ms <= 40),
  ]
}

function memoryTargets({ bytes, processes }: Measured<'memory'>): readonly Target[] {
  return processes.map(({ process, peakMb, secondQuarterMb, lastQuarterMb }) => {
    const what = `ingest of one book of ${thousands(bytes / 1e6)} MB: ${process}`
    const measured = `${peakMb} MB; ${secondQuarterMb} MB, at the end ${lastQuarterMb} MB`
    return target(what, '< 200 MB, flat', measured, peakMb < 200 && lastQuarterMb <= secondQuarterMb * 1.15)
  })
}

function backlogTargets({ lines, failedInvocations, processes }: Measured<'backlog'>): readonly Target[] {
  const what = `a backlog of ${thousands(lines)} lines`
  const limits = [
    { process: 'container', limit: 200 },
    { process: 'event source', limit: 300 },
  ]
  return [
    target(`${what}: failed invocations`, '0', String(failedInvocations), failedInvocations === 0),
    ...limits.flatMap(({ process, limit }) =>
      processes
        .filter((each) => each.process === process)
        .map(({ peakMb }) => target(`${what}: ${process}`, `≤ ${limit} MB`, `${peakMb} MB`, peakMb <= limit)),
    ),
  ]
}

function coldStartTarget({ function: name, ms, bundleBytes }: Measured<'coldStarts'>[number]): Target {
  const measured = `${Math.round(ms)} ms, ${thousands(bundleBytes / 1e3)} kB`
  return target(`cold start of ${name}`, '< 120 ms, < 700 kB', measured, ms < 120 && bundleBytes < 700e3)
}

function apiTargets({ requests }: Measured<'api'>): readonly Target[] {
  return requests.map(({ request, p95Ms }) =>
    target(`95th percentile of \`${request}\``, '< 20 ms', `${p95Ms.toFixed(1)} ms`, p95Ms < 20),
  )
}

function connectionTarget({ connections = [] }: BenchReport): readonly Target[] {
  return connections
    .filter(({ what }) => what === newCountContainer)
    .map(({ what, opened }) => target(`connections: ${what}`, '≤ 4', String(opened), opened <= 4))
}

function restoreTarget({ restore }: BenchReport): readonly Target[] {
  const ms = restore?.stages.at(-1)?.firstBatchMs
  if (ms === undefined) return []
  return [target('first batch of a cold container', '< 2,000 ms', `${thousands(ms)} ms`, ms < 2_000)]
}

function target(what: string, wanted: string, measured: string, isMet: boolean): Target {
  return { what, wanted, measured, isMet }
}
