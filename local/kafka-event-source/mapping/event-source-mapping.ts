import type { EventSource } from '../../../lambda/packed-event.ts'
import type { AccessibleMapping } from '../settings/service-settings.ts'
import type { Counters } from './counters.ts'
import type { ChangeableSettings, MappingDeps } from './mapping-deps.ts'
import { MappingRun } from './mapping-run.ts'
import { MappingStatus } from './mapping-status.ts'
import type { StateReason } from './problem-log.ts'

export type EventSourceMappingState =
  | 'Creating'
  | 'Enabling'
  | 'Enabled'
  | 'Disabling'
  | 'Disabled'
  | 'Deleting'

/** Delivers one topic's records to one function, with its own consumer group. */
export class EventSourceMapping {
  readonly mapping: AccessibleMapping
  readonly source: EventSource
  readonly functionArn: string
  readonly changeable: ChangeableSettings
  lastModified: Date
  readonly #deps: MappingDeps
  readonly #status: MappingStatus
  #state: EventSourceMappingState
  #run: MappingRun | undefined
  #isDeleted = false
  #changing: Promise<void> = Promise.resolve()

  constructor(deps: MappingDeps) {
    const { mapping, clock, log } = deps
    const { settings, functionKey, groupId, access } = mapping
    const { topic, enabled, batchSize, windowMs } = settings
    this.#deps = deps
    this.mapping = mapping
    this.source = deps.source
    this.functionArn = deps.functionArn
    this.changeable = { batchSize, windowMs }
    this.lastModified = new Date(clock.now())
    this.#status = new MappingStatus({ functionKey, topic, groupId, brokers: access.brokers }, clock, log)
    this.#state = enabled ? 'Creating' : 'Disabled'
    if (!enabled) this.#status.log(' is disabled')
  }

  get state(): EventSourceMappingState {
    return this.#isDeleted ? 'Deleting' : this.#state
  }

  get stateReason(): StateReason | undefined {
    return this.#status.stateReason
  }

  get lastProcessingResult(): string {
    return this.#status.lastProcessingResult
  }

  get counters(): Readonly<Counters> {
    return this.#status.counters
  }

  /** Counts records after the committed offset, by partition. */
  async lag(): Promise<ReadonlyMap<number, number>> {
    return (await this.#run?.lag()) ?? new Map()
  }

  start(): void {
    if (this.mapping.settings.enabled) void this.enable()
  }

  /** Starts to read, and retries failures. Idempotent. */
  enable(): Promise<void> {
    if (this.#state !== 'Creating' && this.#state !== 'Enabled') this.#state = 'Enabling'
    return this.#change(() => {
      this.#run ??= new MappingRun(this.#deps, this.#status, this.changeable, () => {
        this.#state = 'Enabled'
      })
    })
  }

  /** Resolves when running batches have ended and the consumer has left its group. Idempotent. */
  disable(): Promise<void> {
    if (this.#state !== 'Disabled') this.#state = 'Disabling'
    return this.#change(async () => {
      await this.#run?.stop()
      this.#run = undefined
      this.#state = 'Disabled'
    })
  }

  delete(): Promise<void> {
    this.#isDeleted = true
    return this.disable()
  }

  #change(change: () => void | Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(change)
    return this.#changing
  }
}
