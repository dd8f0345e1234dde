import type { NewTopic } from '../../../kafka/protocol/topics.ts'
import type { EventSource, PackedEvent } from '../../../lambda/packed-event.ts'
import type { FunctionSettings, Outcome } from '../../containers/index.ts'
import type { SchemaRegistry } from '../schema/schema-registry.ts'
import type { ClusterAccess } from '../settings/cluster-access.ts'
import type { ServiceMapping } from '../settings/read-mappings.ts'
import type { Clock } from './clock.ts'
import { noCounts } from './counters.ts'
import type { GivenUp } from './delivery.ts'
import { MappingRun } from './mapping-run.ts'
import { Troubles } from './troubles.ts'

/** Settings that `UpdateEventSourceMapping` can change at run time. */
export type Changeable = { batchSize: number; windowMs: number }

/** The function of a mapping: local containers or a deployed function. */
export type InvokedFunction = {
  readonly settings: Pick<FunctionSettings, 'functionName' | 'timeoutMs' | 'maxConcurrency'>
  /** Never rejects. `stickyKey`: as in `InvokeOptions`. */
  invoke(
    event: PackedEvent,
    options: { readonly requestId: string; readonly stickyKey: string },
  ): Promise<Outcome>
  close(): Promise<void>
}

export type MappingDeps = {
  readonly mapping: ServiceMapping
  readonly access: ClusterAccess
  readonly source: EventSource
  readonly functionArn: string
  readonly invoked: InvokedFunction
  readonly clock: Clock
  readonly createTopics: Pick<NewTopic, 'partitions' | 'replicationFactor'> | undefined
  readonly schemaRegistry: SchemaRegistry | undefined
  readonly longestBackoffMs: number
  sendOnFailure(givenUp: GivenUp): Promise<boolean | undefined>
  log(line: string): void
}

/** State names of the Lambda API. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Deleting'

/** Reads one topic in its own consumer group and delivers the records to one function. */
export class EventSourceMapping {
  readonly counters = noCounts()
  readonly mapping: ServiceMapping
  readonly source: EventSource
  readonly functionArn: string
  readonly changeable: Changeable
  lastModified: Date
  lastProcessingResult = 'No records processed'
  readonly #deps: MappingDeps
  readonly #troubles: Troubles
  readonly #subject: string
  #state: MappingState
  #run: MappingRun | undefined
  #isDeleted = false
  #changing: Promise<void> = Promise.resolve()

  constructor(deps: MappingDeps) {
    const { mapping, clock, log } = deps
    this.#deps = deps
    this.mapping = mapping
    this.source = deps.source
    this.functionArn = deps.functionArn
    this.changeable = { batchSize: mapping.settings.batchSize, windowMs: mapping.settings.windowMs }
    this.lastModified = new Date(clock.now())
    this.#subject = `${mapping.functionKey} ← ${mapping.settings.topic}`
    this.#troubles = new Troubles(clock, (line) => log(`${this.#subject}: ${line}`))
    this.#state = mapping.settings.enabled ? 'Creating' : 'Disabled'
    if (!mapping.settings.enabled) log(`${this.#subject} is disabled`)
  }

  get state(): MappingState {
    return this.#isDeleted ? 'Deleting' : this.#state
  }

  get stateReason(): string | undefined {
    return this.#troubles.stateReason
  }

  /** Returns the number of records between the committed offset and the log's end, by partition. */
  async lag(): Promise<ReadonlyMap<number, number>> {
    return (await this.#run?.lag()) ?? new Map()
  }

  start(): void {
    if (this.mapping.settings.enabled) void this.enable()
  }

  /** Starts reading. Logs and retries failures. Idempotent. */
  enable(): Promise<void> {
    if (this.#state !== 'Creating' && this.#state !== 'Enabled') this.#state = 'Enabling'
    return this.#change(() => {
      this.#run ??= new MappingRun(this.#deps, this, this.#troubles, () => {
        this.#state = 'Enabled'
      })
    })
  }

  /** Resolves when running batches have ended, offsets are committed and the group is left. Idempotent. */
  disable(): Promise<void> {
    if (this.#state !== 'Disabled') this.#state = 'Disabling'
    return this.#change(async () => {
      await this.#run?.stop()
      this.#run = undefined
      this.#state = 'Disabled'
    })
  }

  /** Disables the mapping and sets its state to `Deleting`. */
  delete(): Promise<void> {
    this.#isDeleted = true
    return this.disable()
  }

  #change(change: () => void | Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(change)
    return this.#changing
  }
}
