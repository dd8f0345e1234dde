/** The performance targets and the measured values. */
import type { ConsoleRow } from '../measure/console.ts'
import type { EventSourceResult } from '../measure/event-source.ts'
import type { Report } from './report.ts'

export type Target = {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly isMet: boolean
}

export function targetsOf(report: Report): readonly Target[] {
  return [
    ...ratios(report),
    ...consoleTargets(report),
    ...eventSourceTargets(report),
    ...handlerTarget(report),
    ...latencyTargets(report),
    ...memoryTargets(report),
    ...backlogTargets(report),
    ...coldStartTargets(report),
    ...apiTargets(report),
    ...restoreTarget(report),
  ]
}

type Ratio = {
  readonly ours: string
  readonly peer: string
  readonly atLeast: number
  readonly what: string
}

const wantedRatios: readonly Ratio[] = [
  { what: "ingest ÷ Java's producer", ours: 'ingest', peer: 'java-producer', atLeast: 1 },
  {
    what: 'ingest ÷ the same, tuned for batches',
    ours: 'ingest',
    peer: 'java-producer-tuned',
    atLeast: 1,
  },
  { what: "ingest ÷ Apache's performance tool", ours: 'ingest', peer: 'producer-perf', atLeast: 0.7 },
  { what: 'ingest ÷ kafka-python', ours: 'ingest', peer: 'kafka-python', atLeast: 10 },
  { what: 'count ÷ Kafka Streams exactly_once_v2', ours: 'count', peer: 'streams-eos', atLeast: 1 },
  { what: 'count ÷ Quix Streams exactly-once', ours: 'count', peer: 'quix-eos', atLeast: 2 },
  { what: 'count ÷ kafka-python', ours: 'count', peer: 'kafka-python-count', atLeast: 5 },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams exactly_once_v2 with its cache',
    ours: 'count-batch',
    peer: 'streams-eos-cache',
    atLeast: 1,
  },
  {
    what: 'count, EMIT=batch ÷ Kafka Streams at_least_once with its cache',
    ours: 'count-batch',
    peer: 'streams-alo-cache',
    atLeast: 1,
  },
]

function ratios({ standings }: Report): readonly Target[] {
  const rate = (name: string) => standings.find((standing) => standing.name === name)?.linesPerSecond
  return wantedRatios.flatMap(({ what, ours, peer, atLeast }) => {
    const [own, other] = [rate(ours), rate(peer)]
    if (own === undefined || other === undefined) return []
    const ratio = own / other
    return target(what, `${atLeast} ×`, `${ratio.toFixed(2)} ×`, ratio >= atLeast)
  })
}

function consoleTargets({ console }: Report): readonly Target[] {
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

function eventSourceTargets({ eventSource }: Report): readonly Target[] {
  if (eventSource === undefined) return []
  const [own, peakMb] = [beyondTheClient(eventSource), eventSource.delivered.peakMb]
  const waiting = `the event source with ${thousands(eventSource.records)} records waiting`
  return [
    ...target('a record in the event source beyond its client', '≤ 3 µs', `${own.toFixed(2)} µs`, own <= 3),
    ...target(waiting, '≤ 300 MB', `${thousands(peakMb)} MB`, peakMb <= 300),
  ]
}

/** CPU time of the event source beyond its Kafka client, in microseconds per record. */
export function beyondTheClient({ client, delivered }: EventSourceResult): number {
  return delivered.cpuMicros - client.cpuMicros
}

function handlerTarget({ handler }: Report): readonly Target[] {
  if (handler === undefined) return []
  const { recordsPerSecond } = handler
  const measured = `${thousands(recordsPerSecond)} records/s`
  return target('the count handler alone', '1,000,000 records/s', measured, recordsPerSecond >= 1e6)
}

function latencyTargets({ latency = [] }: Report): readonly Target[] {
  return latency.flatMap(({ windowMs, medianMs }) => {
    const [what, limit] =
      windowMs === 0 ? (['window 0', 150] as const) : ([`window ${windowMs} ms`, windowMs + 300] as const)
    return target(`upload → count, ${what}`, `< ${limit} ms`, `${Math.round(medianMs)} ms`, medianMs < limit)
  })
}

function memoryTargets({ memory }: Report): readonly Target[] {
  if (memory === undefined) return []
  const what = `ingest of one book of ${thousands(memory.bytes / 1e6)} MB`
  return memory.processes.flatMap(({ process, peakMb, secondQuarterMb, lastQuarterMb }) => {
    const measured = `${peakMb} MB; ${secondQuarterMb} MB, at the end ${lastQuarterMb} MB`
    const isMet = peakMb < 200 && lastQuarterMb <= secondQuarterMb * 1.15
    return target(`${what}: ${process}`, '< 200 MB, flat', measured, isMet)
  })
}

function backlogTargets({ backlog }: Report): readonly Target[] {
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

function coldStartTargets({ coldStarts = [] }: Report): readonly Target[] {
  return coldStarts.flatMap(({ function: name, ms, bundleBytes }) =>
    target(
      `cold start of ${name}`,
      '< 400 ms, < 1 MB',
      `${Math.round(ms)} ms, ${(bundleBytes / 1e6).toFixed(2)} MB`,
      ms < 400 && bundleBytes < 1e6,
    ),
  )
}

function apiTargets({ api }: Report): readonly Target[] {
  if (api === undefined) return []
  return api.requests.flatMap(({ request, p95Ms }) =>
    target(`95th percentile of \`${request}\``, '< 20 ms', `${p95Ms.toFixed(1)} ms`, p95Ms < 20),
  )
}

function restoreTarget({ restore }: Report): readonly Target[] {
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
