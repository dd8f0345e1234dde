import type { NewTopic } from '../../../kafka/protocol/topics.ts'
import type { EventSource } from '../../../lambda/packed-event.ts'
import type { Clock } from '../batch/clock.ts'
import type { DiscardedRecords } from '../batch/discarded-records.ts'
import type { AccessibleMapping } from '../settings/service-settings.ts'
import type { InvokedFunction } from './invoked-function.ts'

/** Settings that `UpdateEventSourceMapping` can change. */
export type ChangeableSettings = { batchSize: number; windowMs: number }

export type MappingDeps = {
  readonly mapping: AccessibleMapping
  readonly source: EventSource
  readonly functionArn: string
  readonly invoked: InvokedFunction
  readonly clock: Clock
  readonly createTopics: Pick<NewTopic, 'partitions' | 'replicationFactor'> | undefined
  readonly maxBackoffMs: number
  /** Sends records to the mapping's on-failure destination, and rejects when sending fails. */
  readonly sendOnFailure: ((discarded: DiscardedRecords) => Promise<void>) | undefined
  log(line: string): void
}
