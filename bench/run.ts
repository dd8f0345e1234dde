/**
 * `npm run bench`: runs all contenders alternately, on the same lines, broker and machine. Reports medians and ratios as
 * tables and JSON. See docs/performance.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { step } from '../local/bootstrap/step.mjs'
import { countContenders } from './contenders/count.ts'
import { ingestContenders } from './contenders/ingest.ts'
import { readContenders } from './contenders/read.ts'
import { measureApi } from './measure/api.ts'
import { measureBacklog } from './measure/backlog.ts'
import { measureColdStarts } from './measure/cold-start.ts'
import { measureConcurrency } from './measure/concurrency.ts'
import { measureConnections } from './measure/connections.ts'
import { measureConsole } from './measure/console.ts'
import { measureEventSource } from './measure/event-source.ts'
import { measureGrowth } from './measure/growth.ts'
import { measureHandler } from './measure/handler.ts'
import { measureLatency } from './measure/latency.ts'
import { measureIngestMemory } from './measure/memory.ts'
import { measurePath } from './measure/path.ts'
import { profile } from './measure/profile.ts'
import { measureRestore } from './measure/restore.ts'
import { takeRounds } from './measure/rounds.ts'
import { prepareJavaPeers } from './peers/java.ts'
import { preparePython } from './peers/python.ts'
import { describeMachine } from './report/machine.ts'
import { publish } from './report/publish.ts'
import type { BenchReport, Measured } from './report/report.ts'
import { markdownOf } from './report/tables.ts'
import type { Contender } from './setup/contender.ts'
import { buildFolder, type Corpus, writeCorpus } from './setup/corpus.ts'
import { type BenchOptions, type Measurement, readOptions } from './setup/options.ts'
import { openStage, type TestBed } from './setup/stage.ts'

const sizes = {
  whole: {
    consoleBytes: 100_000_000,
    backlog: 5_000_000,
    uploads: 50,
    uploadsWithoutWindow: 300,
    ingestBytes: 5_000_000_000,
    backlogLines: 10_000_000,
    growth: { partitions: [1, 5, 20], books: [10, 1_000, 100_000], lines: 1_000_000 },
    apiBooks: 100_000,
    restore: { books: 100_000, updates: 5_000_000 },
  },
  quick: {
    consoleBytes: 10_000_000,
    backlog: 500_000,
    uploads: 20,
    uploadsWithoutWindow: 100,
    ingestBytes: 100_000_000,
    backlogLines: 1_000_000,
    growth: { partitions: [1, 5, 20], books: [10, 1_000, 10_000], lines: 100_000 },
    apiBooks: 100_000,
    restore: { books: 10_000, updates: 500_000 },
  },
} as const

async function bench(options: BenchOptions): Promise<BenchReport> {
  mkdirSync(buildFolder, { recursive: true })
  const peers = {
    classPath: await step('Building the Java peers', prepareJavaPeers),
    python: await step('Installing the Python peers', preparePython),
  }
  const corpus = await step('Writing the books', () => writeCorpus(options.books, options.lines))
  const stage = await step('Starting Kafka and the S3 server', () => openStage(peers))
  try {
    return await measureAll(options, stage, corpus)
  } finally {
    await stage.close()
  }
}

type Work = {
  readonly [Name in Exclude<Measurement, Contender['kind']>]: readonly [string, () => Promise<Measured<Name>>]
}

async function measureAll(options: BenchOptions, stage: TestBed, corpus: Corpus): Promise<BenchReport> {
  const size = options.quick ? sizes.quick : sizes.whole
  const isChosen = (measurement: Measurement) => options.measurements.includes(measurement)
  const bucket = await step('Uploading the books', () => stage.bucketWith(corpus))
  const environment = { stage, corpus, bucket, partitions: 5 }
  const all = [...ingestContenders, ...readContenders, ...countContenders]
  const named = (name: string) => all.find((contender) => contender.name === name) as Contender
  const chosen = all.filter(
    ({ name, kind }) => isChosen(kind) && (options.contenders?.includes(name) ?? true),
  )

  const standings = await takeRounds(environment, chosen, options.rounds)
  if (options.profile)
    await profile(
      environment,
      chosen.filter(({ ours }) => ours),
    )
  const measurements: Work = {
    console: ['The console tools', () => measureConsole(stage, corpus, size.consoleBytes, options.rounds)],
    eventSource: ['The event source', () => measureEventSource(stage, size.backlog)],
    path: ['The whole path', () => measurePath(stage, corpus)],
    handler: ['The count handler alone', () => measureHandler(corpus.books[0]!.file)],
    latency: [
      'Latency',
      async () => [
        await measureLatency(stage, size.uploads),
        await measureLatency(stage, size.uploadsWithoutWindow, 0),
      ],
    ],
    memory: ['Memory', () => measureIngestMemory(environment, named('ingest'), size.ingestBytes)],
    coldStarts: ['Cold starts', measureColdStarts],
    growth: ['Growth', () => measureGrowth(environment, named('count'), size.growth)],
    api: ['The counts API', () => measureApi(stage, size.apiBooks)],
    concurrency: ['Containers of count', () => measureConcurrency(environment, named('count'), [1, 2, 5])],
    connections: ['Connections to three brokers', () => measureConnections(stage.folder)],
    backlog: ['A backlog', () => measureBacklog(environment, named('count'), size.backlogLines)],
    restore: ['Restore', () => measureRestore(environment, named('count'), size.restore)],
  }
  const measured: { [name: string]: unknown } = {}
  for (const [name, [title, work]] of Object.entries(measurements))
    if (isChosen(name as Measurement)) measured[name] = await step<unknown>(title, work)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    books: options.books,
    lines: corpus.lines,
    bytes: corpus.bytes,
    rounds: options.rounds,
    standings,
    ...measured,
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  const report = await bench(options)
  console.log(markdownOf(report))
  const file = join(buildFolder, 'report.json')
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\n${file}`)
  if (options.publish) publish(report)
  process.exitCode = report.standings.some(({ failures }) => failures.length > 0) ? 1 : 0
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = error instanceof AppError && error.code === 'USAGE' ? 2 : 1
}
