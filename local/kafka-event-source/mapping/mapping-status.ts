import { messageOf } from '../../../lib/errors.ts'
import type { Clock } from '../batch/clock.ts'
import { type Counters, noCounts } from './counters.ts'
import { ProblemLog, type StateReason } from './problem-log.ts'
import { type ProblemContext, problemMessage } from './problem-message.ts'

/** Each activity can fail and recover separately. */
export type Activity = 'topic' | 'group' | 'fetch' | 'commit' | 'lag' | 'schema registry'

const errorCounters: Partial<Record<Activity, keyof Counters>> = {
  fetch: 'PollingErrorCount',
  commit: 'CommitErrorCount',
  'schema registry': 'SchemaRegistryErrorCount',
}

export type StatusContext = ProblemContext & { readonly functionKey: string; readonly topic: string }

export class MappingStatus {
  readonly counters = noCounts()
  readonly #problems: ProblemLog
  readonly #functionKey: string
  readonly #subject: string
  readonly #print: (line: string) => void
  #lastResult = 'No records processed'
  /** Last processing result by unreadable partition. */
  readonly #unreadable = new Map<number, string>()

  constructor(context: StatusContext, clock: Clock, print: (line: string) => void) {
    this.#functionKey = context.functionKey
    this.#subject = `${context.functionKey} ← ${context.topic}`
    this.#print = print
    this.#problems = new ProblemLog(
      clock,
      (line) => this.log(`: ${line}`),
      (error) => problemMessage(error, context),
    )
  }

  get lastProcessingResult(): string {
    const [unreadable] = this.#unreadable.values()
    return unreadable ?? this.#lastResult
  }

  get stateReason(): StateReason | undefined {
    return this.#problems.stateReason
  }

  log(text: string): void {
    this.#print(`${this.#subject}${text}`)
  }

  /** Logs `text`, which begins with the topic. */
  logRecords(text: string): void {
    this.#print(`${this.#functionKey} ← ${text}`)
  }

  report(activity: Activity, error: unknown): void {
    const counter = errorCounters[activity]
    if (error !== undefined && counter !== undefined) this.counters[counter]++
    this.#problems.report(activity, error)
  }

  batchEnded(isSuccess: boolean): void {
    this.#lastResult = isSuccess ? 'OK' : 'PROBLEM: Function call failed'
  }

  unreadable(partition: number, error: unknown): void {
    this.counters.PollingErrorCount++
    this.#unreadable.set(partition, `PROBLEM: ${messageOf(error)}`)
    this.#problems.report(`partition ${partition}`, error)
  }

  /** Partitions are read again from their committed offsets after an assignment. */
  assigned(): void {
    for (const partition of this.#unreadable.keys()) this.#problems.forget(`partition ${partition}`)
    this.#unreadable.clear()
  }
}
