/** Measures the event source's memory with a backlog, and its cost per record beyond its Kafka client's. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { failed } from '../../local/programs/child-process.ts'
import { functionEnvironment } from '../contenders/function-environment.ts'
import { nodeProgram } from '../contenders/node-program.ts'
import type { RecordCost } from '../contenders/record-cost.ts'
import type { Peers } from '../peers/prepare.ts'
import type { Turn } from '../setup/contender.ts'
import { type Corpus, writeCorpus } from '../setup/corpus.ts'
import type { TestBed } from '../setup/stage.ts'
import { fillBooks, start } from './program.ts'

export type EventSourceResult = {
  readonly records: number
  readonly batchSize: number
  /** Cost of reading the backlog with the Kafka client only. */
  readonly client: RecordCost
  /** Cost of delivering the same backlog to a function that does nothing. */
  readonly delivered: RecordCost
}

const linesPerBook = 10_000
const batchSize = 1_000

export async function measureEventSource(
  stage: TestBed,
  peers: Peers,
  folder: string,
  records: number,
): Promise<EventSourceResult> {
  const corpus = writeCorpus(folder, records / linesPerBook, records)
  const turn = await openTurn(stage, corpus)
  try {
    await fillBooks(peers, turn)
    const client = await costOf(turn, 'fetch-topic.ts', String(records))
    const delivered = await costOf(turn, 'deliver-topic.ts', String(records), String(batchSize))
    return { records, batchSize, client, delivered }
  } finally {
    await stage.dropTopics(turn.config)
    rmSync(turn.folder, { recursive: true })
  }
}

async function openTurn(stage: TestBed, corpus: Corpus): Promise<Turn> {
  const config = await stage.newTopics(5)
  const folder = join(stage.folder, config.userid)
  mkdirSync(folder)
  return { config, corpus, bucket: config.userid, stage, folder }
}

/** @throws PROCESS_FAILED */
async function costOf(turn: Turn, file: string, ...args: readonly string[]): Promise<RecordCost> {
  const command = { ...nodeProgram(file, ...args), env: functionEnvironment(turn) }
  const program = await start(file, command, join(turn.folder, `${file}.log`))
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'failed')
  const [last] = readFileSync(program.logFile, 'utf8').trimEnd().split('\n').slice(-1)
  return JSON.parse(last!) as RecordCost
}
