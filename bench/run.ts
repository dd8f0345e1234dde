/**
 * `npm run bench`: runs all contenders alternately, on the same lines, broker and machine. Reports medians and ratios as
 * tables and JSON. See docs/performance.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
import { preparePeers } from './peers/prepare.ts'
import { describeMachine } from './report/machine.ts'
import { publish } from './report/publish.ts'
import type { BenchReport } from './report/report.ts'
import { markdownOf } from './report/tables.ts'
import type { Contender } from './setup/contender.ts'
import { writeCorpus } from './setup/corpus.ts'
import { type BenchOptions, type Measurement, readOptions, usage } from './setup/options.ts'
import { openStage, type TestBed } from './setup/stage.ts'

const folder = fileURLToPath(new URL('../.build/bench', import.meta.url))

/** The sizes of all measurements, in a whole and in a quick run. */
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
  mkdirSync(folder, { recursive: true })
  const peers = await preparePeers(folder)
  const corpus = await step('Writing the books', () => writeCorpus(folder, options.books, options.lines))
  const stage = await step('Starting Kafka and the S3 server', openStage)
  try {
    return await measureAll(options, stage, peers, corpus)
  } finally {
    await stage.close()
  }
}

async function measureAll(
  options: BenchOptions,
  stage: TestBed,
  peers: Awaited<ReturnType<typeof preparePeers>>,
  corpus: ReturnType<typeof writeCorpus>,
): Promise<BenchReport> {
  const size = options.quick ? sizes.quick : sizes.whole
  const wants = (measurement: Measurement) => options.measurements.includes(measurement)
  const bucket = await step('Uploading the books', () => stage.bucketWith(corpus))
  const place = { stage, peers, corpus, bucket, partitions: 5 }
  const all = [...ingestContenders(peers), ...readContenders, ...countContenders(peers)]
  const named = (name: string) => all.find((contender) => contender.name === name) as Contender
  const chosen = all.filter(({ name, kind }) => wants(kind) && (options.contenders?.includes(name) ?? true))
  const measure = async <T>(measurement: Measurement, title: string, work: () => Promise<T>) =>
    wants(measurement) ? { [measurement]: await step(title, work) } : {}

  const standings = await takeRounds(place, chosen, options.rounds)
  if (options.profile)
    await profile(
      place,
      chosen.filter(({ ours }) => ours),
    )
  const measured = {
    ...(await measure('console', 'The console tools', () =>
      measureConsole(stage, corpus, folder, size.consoleBytes, options.rounds),
    )),
    ...(await measure('eventSource', 'The event source', () =>
      measureEventSource(stage, peers, folder, size.backlog),
    )),
    ...(await measure('path', 'The whole path', () => measurePath(stage, peers, corpus))),
    ...(await measure('handler', 'The count handler alone', () =>
      measureHandler(folder, corpus.books[0]!.file),
    )),
    ...(await measure('latency', 'Latency', async () => [
      await measureLatency(stage, peers, size.uploads),
      await measureLatency(stage, peers, size.uploadsWithoutWindow, 0),
    ])),
    ...(await measure('memory', 'Memory', () =>
      measureIngestMemory(place, named('ingest'), folder, size.ingestBytes),
    )),
    ...(await measure('coldStarts', 'Cold starts', () => measureColdStarts(folder))),
    ...(await measure('growth', 'Growth', () => measureGrowth(place, named('count'), folder, size.growth))),
    ...(await measure('api', 'The counts API', () => measureApi(stage, size.apiBooks))),
    ...(await measure('concurrency', 'Containers of count', () =>
      measureConcurrency(place, named('count'), [1, 2, 5]),
    )),
    ...(await measure('connections', 'Connections to three brokers', () => measureConnections(stage.folder))),
    ...(await measure('backlog', 'A backlog', () =>
      measureBacklog(place, named('count'), folder, size.backlogLines),
    )),
    ...(await measure('restore', 'Restore', () =>
      measureRestore(place, named('count'), folder, size.restore),
    )),
  }
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
  if (options.help) {
    console.log(usage)
    process.exit(0)
  }
  const report = await bench(options)
  console.log(markdownOf(report))
  const file = join(folder, 'report.json')
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\n${file}`)
  if (options.publish) publish(report)
  process.exitCode = report.standings.some(({ failures }) => failures.length > 0) ? 1 : 0
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = error instanceof AppError && error.code === 'USAGE' ? 2 : 1
}
