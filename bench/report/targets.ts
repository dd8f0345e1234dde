/** Compares the measured values with the performance targets. */
import { newCountContainer } from '../measure/connections.ts'
import type { ConsoleRow } from '../measure/console.ts'
import type { EventSourceResult } from '../measure/event-source.ts'
import type { BenchReport } from './report.ts'

export type Target = {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly isMet: boolean
}

export function targetsOf(report: BenchReport): readonly Target[] {
  return [
    ...ratioTargets(report),
    ...pathTarget(report),
    ...consoleTargets(report),
    ...eventSourceTargets(report),
    ...handlerTarget(report),
    ...latencyTargets(report),
    ...memoryTargets(report),
    ...backlogTargets(report),
    ...coldStartTargets(report),
    ...apiTargets(report),
    ...connectionTarget(report),
    ...restoreTarget(report),
  ]
}

/** The rate of a contender of ours divided by that of a peer. */
type RatioTarget = {
  readonly what: string
  readonly ours: string
  /** The peer with its defaults, and as experts tune it. The target applies to the faster one. */
  readonly peers: readonly string[]
  readonly atLeast: number
}

const wantedRatios: readonly RatioTarget[] = [
  {
    what: "ingest ÷ Java's producer",
    ours: 'ingest',
    peers: ['java-producer', 'java-producer-tuned'],
    atLeast: 1,
  },
  { what: "ingest ÷ Apache's performance tool", ours: 'ingest', peers: ['producer-perf'], atLeast: 1.5 },
  { what: 'ingest ÷ kcat, which writes no headers', ours: 'ingest', peers: ['kcat'], atLeast: 0.5 },
  {
    what: 'ingest ÷ @confluentinc/kafka-javascript',
    ours: 'ingest',
    peers: ['kafka-javascript'],
    atLeast: 1,
  },
  { what: 'ingest ÷ kafka-python', ours: 'ingest', peers: ['kafka-python'], atLeast: 10 },
  {
    what: 'count ÷ Kafka Streams exactly-once',
    ours: 'count',
    peers: ['streams-eos', 'streams-eos-tuned'],
    atLeast: 2,
  },
  {
    what: 'count ÷ Quix Streams exactly-once',
    ours: 'count',
    peers: ['quix-eos', 'quix-eos-tuned'],
    atLeast: 2,
  },
  {
    what: 'count ÷ @confluentinc/kafka-javascript, no guarantee',
    ours: 'count',
    peers: ['kafka-javascript-count'],
    atLeast: 1,
  },
  { what: 'count ÷ kafka-python, no guarantee', ours: 'count', peers: ['kafka-python-count'], atLeast: 5 },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams exactly-once with its cache',
    ours: 'count-batch',
    peers: ['streams-eos-cache', 'streams-eos-cache-tuned'],
    atLeast: 1.2,
  },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams at-least-once with its cache',
    ours: 'count-batch',
    peers: ['streams-alo-cache', 'streams-alo-cache-tuned'],
    atLeast: 1,
  },
  {
    what: "event source, to a function that does nothing ÷ Apache's consumer performance tool",
    ours: 'event-source',
    peers: ['consumer-perf'],
    atLeast: 1,
  },
]

/** Returns our ratios to the fastest measured peer of each target. */
export function ratioTargets(report: BenchReport): readonly Target[] {
  return wantedRatios.flatMap(({ what, ours, peers, atLeast }) => {
    const own = rateOf(report, ours)
    const [fastest] = peers
      .flatMap((name) => {
        const rate = rateOf(report, name)
        return rate === undefined ? [] : { name, rate }
      })
      .sort((a, b) => b.rate - a.rate)
    if (own === undefined || fastest === undefined) return []
    const ratio = own / fastest.rate
    return target(what, `${atLeast} ×`, `${ratio.toFixed(2)} ×, \`${fastest.name}\``, ratio >= atLeast)
  })
}

function rateOf({ standings }: BenchReport, name: string): number | undefined {
  return standings.find((standing) => standing.name === name)?.linesPerSecond
}

const pathShare = 0.75

function pathTarget(report: BenchReport): readonly Target[] {
  const alone = rateOf(report, 'count')
  if (report.path === undefined || alone === undefined) return []
  const share = report.path.linesPerSecond / alone
  return target('the whole path ÷ count alone', `${pathShare} ×`, `${share.toFixed(2)} ×`, share >= pathShare)
}

function consoleTargets({ console }: BenchReport): readonly Target[] {
  if (console === undefined) return []
  const secondsOf = (direction: ConsoleRow['direction'], ours: boolean) =>
    console.rows.find((row) => row.direction === direction && row.ours === ours)?.seconds ?? Number.NaN
  const file = `${thousands(console.bytes / 1e6)} MB`
  return (['produce', 'consume'] as const).flatMap((direction) => {
    const ratio = secondsOf(direction, false) / secondsOf(direction, true)
    const what = `\`books ${direction}\` of ${file} ÷ Apache's console ${direction}r`
    return target(what, '1 ×', `${ratio.toFixed(2)} ×`, ratio >= 1)
  })
}

function eventSourceTargets({ eventSource }: BenchReport): readonly Target[] {
  if (eventSource === undefined) return []
  const [own, peakMb] = [beyondTheClient(eventSource), eventSource.delivered.peakMb]
  const waiting = `the event source with ${thousands(eventSource.records)} records waiting`
  return [
    ...target('a record in the event source beyond its client', '≤ 1 µs', `${own.toFixed(2)} µs`, own <= 1),
    ...target(waiting, '≤ 300 MB', `${thousands(peakMb)} MB`, peakMb <= 300),
  ]
}

/** CPU time of the event source beyond its Kafka client, in microseconds per record. */
export function beyondTheClient({ client, delivered }: EventSourceResult): number {
  return delivered.cpuMicros - client.cpuMicros
}

function handlerTarget({ handler }: BenchReport): readonly Target[] {
  if (handler === undefined) return []
  const { recordsPerSecond, recordsPerSecondWithParse, recordsPerSecondWithPlainParse } = handler
  const ratio = recordsPerSecondWithParse / recordsPerSecondWithPlainParse
  const rate = (value: number) => `${thousands(value)} records/s`
  return [
    ...target('the count handler alone', rate(1e6), rate(recordsPerSecond), recordsPerSecond >= 1e6),
    ...target(
      "a deployed invocation of count ÷ the same with Node's own JSON.parse",
      '1.5 ×',
      `${ratio.toFixed(2)} ×`,
      ratio >= 1.5,
    ),
  ]
}

function latencyTargets({ latency = [] }: BenchReport): readonly Target[] {
  return latency.flatMap(({ windowMs, medianMs, p99Ms }) => {
    const ms = (value: number) => `${Math.round(value)} ms`
    if (windowMs > 0) {
      const limit = windowMs + 300
      return target(`upload → count, window ${windowMs} ms`, `< ${limit} ms`, ms(medianMs), medianMs < limit)
    }
    const median = target('upload → count, window 0, median', '≤ 25 ms', ms(medianMs), medianMs <= 25)
    if (p99Ms === undefined) return median
    return [
      ...median,
      ...target('upload → count, window 0, 99th percentile', '≤ 40 ms', ms(p99Ms), p99Ms <= 40),
    ]
  })
}

function memoryTargets({ memory }: BenchReport): readonly Target[] {
  if (memory === undefined) return []
  const what = `ingest of one book of ${thousands(memory.bytes / 1e6)} MB`
  return memory.processes.flatMap(({ process, peakMb, secondQuarterMb, lastQuarterMb }) => {
    const measured = `${peakMb} MB; ${secondQuarterMb} MB, at the end ${lastQuarterMb} MB`
    const isMet = peakMb < 200 && lastQuarterMb <= secondQuarterMb * 1.15
    return target(`${what}: ${process}`, '< 200 MB, flat', measured, isMet)
  })
}

function backlogTargets({ backlog }: BenchReport): readonly Target[] {
  if (backlog === undefined) return []
  const what = `a backlog of ${thousands(backlog.lines)} lines`
  const limits = [
    { process: 'container', limit: 200 },
    { process: 'event source', limit: 300 },
  ]
  return [
    ...target(
      `${what}: failed invocations`,
      '0',
      String(backlog.failedInvocations),
      backlog.failedInvocations === 0,
    ),
    ...limits.flatMap(({ process, limit }) =>
      backlog.processes
        .filter((each) => each.process === process)
        .flatMap(({ peakMb }) =>
          target(`${what}: ${process}`, `≤ ${limit} MB`, `${peakMb} MB`, peakMb <= limit),
        ),
    ),
  ]
}

function coldStartTargets({ coldStarts = [] }: BenchReport): readonly Target[] {
  return coldStarts.flatMap(({ function: name, ms, bundleBytes }) =>
    target(
      `cold start of ${name}`,
      '< 120 ms, < 700 kB',
      `${Math.round(ms)} ms, ${thousands(bundleBytes / 1e3)} kB`,
      ms < 120 && bundleBytes < 700e3,
    ),
  )
}

function apiTargets({ api }: BenchReport): readonly Target[] {
  if (api === undefined) return []
  return api.requests.flatMap(({ request, p95Ms }) =>
    target(`95th percentile of \`${request}\``, '< 20 ms', `${p95Ms.toFixed(1)} ms`, p95Ms < 20),
  )
}

function connectionTarget({ connections = [] }: BenchReport): readonly Target[] {
  return connections
    .filter(({ what }) => what === newCountContainer)
    .flatMap(({ what, opened }) => target(`connections: ${what}`, '≤ 4', String(opened), opened <= 4))
}

function restoreTarget({ restore }: BenchReport): readonly Target[] {
  const compacted = restore?.stages.at(-1)
  if (compacted === undefined) return []
  const ms = compacted.firstBatchMs
  return target('first batch of a cold container', '< 2,000 ms', `${thousands(ms)} ms`, ms < 2_000)
}

function target(what: string, wanted: string, measured: string, isMet: boolean): readonly Target[] {
  return [{ what, wanted, measured, isMet }]
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}
