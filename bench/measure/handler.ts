/** Measures `count` without Kafka, and alternates between both ways to parse an event. */
import type { EventCost } from '../contenders/count-events.ts'
import { buildFolder } from '../setup/corpus.ts'
import { medianOf } from '../setup/statistics.ts'
import { resultOf } from './program.ts'

export type HandlerResult = {
  readonly recordsPerEvent: number
  readonly eventBytes: number
  /** Rate from the parsed event to the last record of the transaction. */
  readonly recordsPerSecond: number
  /** The rate of a deployed invocation, from the JSON to the last record. */
  readonly recordsPerSecondWithParse: number
  /** The same rate with Node's own JSON.parse. */
  readonly recordsPerSecondWithPlainParse: number
}

const runs = 5

export async function measureHandler(book: string): Promise<HandlerResult> {
  const costOf = (parser: 'objects' | 'lazy') =>
    resultOf<EventCost>(buildFolder, 'count-events.ts', [parser, book])
  const plain: EventCost[] = []
  const lazy: EventCost[] = []
  for (let run = 0; run < runs; run++) {
    plain.push(await costOf('objects'))
    lazy.push(await costOf('lazy'))
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
