/** Measures `count` without Kafka, and alternates between both ways to parse an event. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failed } from '../../local/programs/child-process.ts'
import type { EventCost } from '../contenders/count-events.ts'
import { nodeProgram } from '../contenders/node-program.ts'
import { start } from './program.ts'
import { medianOf } from './rounds.ts'

export type HandlerResult = {
  readonly recordsPerEvent: number
  readonly eventBytes: number
  /** The rate from the parsed event to the last record of the transaction. */
  readonly recordsPerSecond: number
  /** The rate of a deployed invocation, from the JSON to the last record. */
  readonly recordsPerSecondWithParse: number
  /** The same rate with Node's own JSON.parse. */
  readonly recordsPerSecondWithPlainParse: number
}

const runs = 5

/** @throws PROCESS_FAILED */
export async function measureHandler(folder: string, book: string): Promise<HandlerResult> {
  const plain: EventCost[] = []
  const lazy: EventCost[] = []
  for (let run = 0; run < runs; run++) {
    plain.push(await costOf(folder, 'objects', book))
    lazy.push(await costOf(folder, 'lazy', book))
  }
  const { records, eventBytes } = lazy[0]!
  const rate = (costs: readonly EventCost[], ms: (cost: EventCost) => number) =>
    (records / medianOf(costs, ms)) * 1_000
  const whole = ({ parseMs, handleMs }: EventCost) => parseMs + handleMs
  return {
    recordsPerEvent: records,
    eventBytes,
    recordsPerSecond: rate(plain, ({ handleMs }) => handleMs),
    recordsPerSecondWithParse: rate(lazy, whole),
    recordsPerSecondWithPlainParse: rate(plain, whole),
  }
}

async function costOf(folder: string, parser: 'objects' | 'lazy', book: string): Promise<EventCost> {
  const command = nodeProgram('count-events.ts', parser, book)
  const program = await start('count-events.ts', command, join(folder, 'count-events.log'))
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'failed')
  const [last] = readFileSync(program.logFile, 'utf8').trimEnd().split('\n').slice(-1)
  return JSON.parse(last!) as EventCost
}
