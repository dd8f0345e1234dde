import type { ApiResult } from '../measure/api.ts'
import type { BacklogResult } from '../measure/backlog.ts'
import type { ColdStartResult } from '../measure/cold-start.ts'
import type { ConcurrencyResult } from '../measure/concurrency.ts'
import type { ConnectionsResult } from '../measure/connections.ts'
import type { ConsoleResult } from '../measure/console.ts'
import type { EventSourceResult } from '../measure/event-source.ts'
import type { GrowthResult } from '../measure/growth.ts'
import type { HandlerResult } from '../measure/handler.ts'
import type { LatencyResult } from '../measure/latency.ts'
import type { MemoryResult } from '../measure/memory.ts'
import type { PathResult } from '../measure/path.ts'
import type { RestoreResult } from '../measure/restore.ts'
import type { Standing } from '../measure/rounds.ts'
import type { Machine } from './machine.ts'

/** The results of one run; unselected measurements are undefined. */
export type BenchReport = {
  readonly date: string
  readonly machine: Machine
  readonly books: number
  readonly lines: number
  readonly bytes: number
  readonly rounds: number
  /** The circumstances of the published rounds, added by hand. A run with other rounds removes it. */
  readonly note?: string
  readonly standings: readonly Standing[]
  readonly console?: ConsoleResult
  readonly eventSource?: EventSourceResult
  readonly path?: PathResult
  readonly handler?: HandlerResult
  readonly latency?: readonly LatencyResult[]
  readonly memory?: MemoryResult
  readonly coldStarts?: readonly ColdStartResult[]
  readonly growth?: readonly GrowthResult[]
  readonly api?: ApiResult
  readonly concurrency?: readonly ConcurrencyResult[]
  readonly connections?: readonly ConnectionsResult[]
  readonly backlog?: BacklogResult
  readonly restore?: RestoreResult
}

export type Measured<Name extends keyof BenchReport> = NonNullable<BenchReport[Name]>
