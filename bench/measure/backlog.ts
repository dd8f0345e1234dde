/** A backlog that was written while nobody counted: what it costs to catch up, in time and in everybody's memory. */
import type { Contender } from '../contender.ts'
import { writeCorpus } from '../corpus.ts'
import { type MemoryResult, memoryOf, memoryOver } from './memory.ts'
import { type Place, takeTurn } from './turn.ts'
import { meter } from './usage.ts'

export type BacklogResult = MemoryResult & {
  readonly linesPerSecond: number
  readonly invocations: number
  /** Time-outs, and whatever else makes the event source deliver a batch again. */
  readonly failedInvocations: number
}

/** The topic is filled first, then the event source is started; the watcher ends the turn when every count is right. */
export async function measureBacklog(
  place: Omit<Place, 'corpus'>,
  contender: Contender,
  folder: string,
  lines: number,
): Promise<BacklogResult> {
  const corpus = writeCorpus(folder, 200, lines)
  const broker = meter(place.stage.brokerPid)
  const result = await takeTurn({ ...place, corpus }, contender)
  const [ofBroker] = broker.stop().processes
  const { processes, ...memory } = memoryOf(corpus, result)
  const { linesPerSecondFromStart, invocations, failedInvocations } = result
  return {
    ...memory,
    processes: [...processes, { process: 'broker', ...memoryOver(ofBroker?.residentMb ?? []) }],
    linesPerSecond: linesPerSecondFromStart,
    invocations,
    failedInvocations,
  }
}
