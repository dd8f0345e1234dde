/**
 * Measures the time from a cold start of `count` to its first counted batch, with a large state: after counting, and
 * after compaction.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCluster, withCluster } from '../../books/cluster.ts'
import { editionOf, encodeLineHeader, lineHeaderName } from '../../books/line-header.ts'
import { Admin } from '../../kafka/admin.ts'
import { LogReader } from '../../kafka/consumer/log-reader.ts'
import { Producer } from '../../kafka/producer/producer.ts'
import { encodeEvent, encodeRecord } from '../../lambda/kafka-event.ts'
import { AppError } from '../../lib/errors.ts'
import { functionEnvironment } from '../contenders/function-environment.ts'
import type { Contender, Turn } from '../setup/contender.ts'
import { median } from '../setup/statistics.ts'
import { packagedFunction } from './cold-start.ts'
import { type TurnEnvironment, untilWatched } from './turn.ts'

export type RestoreSize = { readonly books: number; readonly updates: number }

export type RestoreResult = RestoreSize & { readonly stages: readonly RestoreStage[] }

type RestoreStage = {
  readonly state: 'as counting left it' | 'compacted'
  /** Records that a restore of all partitions reads. */
  readonly records: number
  readonly bytes: number
  /** Times from the start of the process: two medians, and the slowest first batch. */
  readonly loadMs: number
  readonly firstBatchMs: number
  readonly slowestMs: number
}

type FirstBatch = { readonly loadMs: number; readonly firstBatchMs: number }

const partitions = 5
const starts = 5
const linesPerBatch = 100
/** Longer than two compaction intervals of the broker (15 s, `log.cleaner.backoff.ms`). */
const settledMs = 40_000

export async function measureRestore(
  { stage, bucket }: TurnEnvironment,
  contender: Contender,
  { books, updates }: RestoreSize,
): Promise<RestoreResult> {
  const workspace = await stage.newWorkspace(partitions)
  const manifest = join(workspace.folder, 'manifest.tsv')
  const turn = { ...workspace, corpus: { books: [], lines: updates, bytes: 0, manifest }, bucket, stage }
  const keys = Array.from({ length: books }, (_, i) => `book-${String(i + 1).padStart(6, '0')}.txt`)
  const linesEach = updates / books
  writeFileSync(manifest, keys.map((key) => `${[key, linesEach, '-', '-', '-'].join('\t')}\n`).join(''))
  try {
    await writeInterleaved(turn, keys, linesEach)
    await untilWatched(contender, turn)
    const { file } = await packagedFunction('count')
    const start = () => firstBatch(turn, file, keys)
    const asLeft = await stageOf(turn, 'as counting left it', start)
    await compacted(turn)
    return { books, updates, stages: [asLeft, await stageOf(turn, 'compacted', start)] }
  } finally {
    await stage.removeWorkspace(workspace)
  }
}

/** Writes one line of every book, then the next one, so that each batch changes as many books as possible. */
async function writeInterleaved({ config }: Turn, keys: readonly string[], linesEach: number): Promise<void> {
  const cluster = openCluster(config)
  const producer = await Producer.open(cluster, config.topics.books)
  const books = keys.map((key) => ({
    key,
    writer: producer.writer(Buffer.from(key), lineHeaderName),
    edition: editionOf(key),
  }))
  for (let number = 1; number <= linesEach; number++) {
    for (const { key, writer, edition } of books) {
      const line = Buffer.from(`Line ${number} of ${key}`)
      const header = encodeLineHeader({ edition, number, end: number === linesEach })
      while (!writer.offer(line, header)) await writer.room()
    }
  }
  for (const { writer } of books) await writer.acknowledged()
  cluster.close()
}

async function stageOf(
  turn: Turn,
  state: RestoreStage['state'],
  start: () => Promise<FirstBatch>,
): Promise<RestoreStage> {
  const { records, bytes } = await stateSize(turn)
  const batches: FirstBatch[] = []
  for (let i = 0; i < starts; i++) batches.push(await start())
  const times = batches.map(({ firstBatchMs }) => firstBatchMs)
  const result = {
    state,
    records,
    bytes,
    loadMs: median(batches.map(({ loadMs }) => loadMs)),
    firstBatchMs: median(times),
    slowestMs: Math.max(...times),
  }
  console.error(`  ${state}: ${records.toLocaleString('en')} records, ${Math.round(result.firstBatchMs)} ms`)
  return result
}

async function firstBatch(turn: Turn, handler: string, keys: readonly string[]): Promise<FirstBatch> {
  const eventFile = join(turn.folder, 'event.json')
  writeFileSync(eventFile, await eventOfNewLines(turn, keys.slice(0, linesPerBatch)))
  const program = fileURLToPath(new URL('first-batch.cjs', import.meta.url))
  const env = { ...process.env, ...functionEnvironment(turn) }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, handler, eventFile], {
    env,
    encoding: 'utf8',
  })
  const printed = stdout.trimEnd().split('\n')
  const counted = printed.flatMap((line) => (line.includes('"Counted"') ? [JSON.parse(line)] : []))
  const isCorrect =
    counted.length === partitions &&
    counted.every(({ takeovers }) => takeovers === 1) &&
    counted.reduce((sum, { updates }) => sum + updates, 0) === linesPerBatch
  if (status !== 0 || !isCorrect || stdout.includes('"WARN"'))
    throw new AppError('PROCESS_FAILED', `A cold container did not count its batch: ${stderr}${stdout}`)
  return JSON.parse(printed.at(-1)!)
}

function eventOfNewLines({ config }: Turn, keys: readonly string[]): Promise<string> {
  const topic = config.topics.books
  return withCluster(config, async (cluster) => {
    const reader = new LogReader(cluster, 'read_uncommitted')
    const producer = await Producer.open(cluster, topic)
    const before = await new Admin(cluster).offsets(topic)
    const writers = keys.map((key) => producer.writer(Buffer.from(key)))
    for (const writer of writers) while (!writer.offer(Buffer.from('One more.'))) await writer.room()
    for (const writer of writers) await writer.acknowledged()
    const records = new Map<string, string[]>()
    for (const { partition, end } of before) {
      const json: string[] = []
      await reader.readPartition(topic, partition, end, (record) =>
        json.push(encodeRecord(topic, partition, record)),
      )
      records.set(`${topic}-${partition}`, json)
    }
    return encodeEvent({ eventSource: 'SelfManagedKafka', bootstrapServers: config.brokers.join() }, records)
  })
}

async function stateSize(turn: Turn): Promise<{ readonly records: number; readonly bytes: number }> {
  const { config } = turn
  const topic = config.topics.bookCountState
  let records = 0
  await withCluster(config, async (cluster) => {
    const offsets = await new Admin(cluster).offsets(topic)
    const starts = new Map(offsets.map(({ partition, start }) => [partition, start]))
    await new LogReader(cluster, 'read_committed').readAll(topic, starts, () => records++)
  })
  return { records, bytes: stateBytes(turn) }
}

/** Resolves when the state topic's size has been constant for `settledMs`. */
async function compacted(turn: Turn): Promise<void> {
  let bytes = stateBytes(turn)
  for (let since = Date.now(); Date.now() - since < settledMs; await delay(1_000)) {
    const now = stateBytes(turn)
    if (now === bytes) continue
    bytes = now
    since = Date.now()
  }
}

/** Returns the size of the state topic's segments in the broker's folder. */
function stateBytes({ config, stage }: Turn): number {
  const log = join(stage.folder, 'kafka', 'log')
  return readdirSync(log)
    .filter((name) => name.startsWith(`${config.topics.bookCountState}-`))
    .flatMap((name) => readdirSync(join(log, name)).map((file) => join(log, name, file)))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
}
