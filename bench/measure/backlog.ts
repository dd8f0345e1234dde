import type { Contender } from '../setup/contender.ts'
import { writeCorpus } from '../setup/corpus.ts'
import { meter } from '../setup/usage.ts'
import { type MemoryResult, memoryOf, memoryOver } from './memory.ts'
import { type TurnEnvironment, takeTurn } from './turn.ts'

export type BacklogResult = MemoryResult & {
  readonly linesPerSecond: number
  readonly invocations: number
  readonly failedInvocations: number
}

/** Fills the topic before the event source starts. Ends when the watcher has seen every correct count. */
export async function measureBacklog(
  environment: Omit<TurnEnvironment, 'corpus'>,
  contender: Contender,
  lines: number,
): Promise<BacklogResult> {
  const corpus = writeCorpus(200, lines)
  const broker = meter(environment.stage.brokerPid)
  const result = await takeTurn({ ...environment, corpus }, contender)
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
