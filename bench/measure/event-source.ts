/** Measures the event source's memory with a backlog, and its cost per record beyond its Kafka client's. */
import { functionEnvironment } from '../contenders/function-environment.ts'
import type { RecordCost } from '../contenders/record-cost.ts'
import { writeCorpus } from '../setup/corpus.ts'
import type { TestBed } from '../setup/stage.ts'
import { fillBooks, resultOf } from './program.ts'

export type EventSourceResult = {
  readonly records: number
  readonly batchSize: number
  readonly client: RecordCost
  /** Cost of delivery to a function that does nothing. */
  readonly delivered: RecordCost
}

const linesPerBook = 10_000
const batchSize = 1_000

export async function measureEventSource(stage: TestBed, records: number): Promise<EventSourceResult> {
  const corpus = writeCorpus(records / linesPerBook, records)
  const workspace = await stage.newWorkspace(5)
  const turn = { ...workspace, corpus, bucket: workspace.config.userid, stage }
  const costOf = (file: string, ...args: readonly number[]) =>
    resultOf<RecordCost>(workspace.folder, file, args.map(String), functionEnvironment(turn))
  try {
    await fillBooks(turn)
    const client = await costOf('fetch-topic.ts', records)
    const delivered = await costOf('deliver-topic.ts', records, batchSize)
    return { records, batchSize, client, delivered }
  } finally {
    await stage.removeWorkspace(workspace)
  }
}
