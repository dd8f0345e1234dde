import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Container, type EventPayload, type OutputLine } from './container.ts'
import { namedError } from './error-shape.ts'
import { type FunctionSettings, functionSettings, type PoolOptions } from './function-settings.ts'
import { type InvocationOutcome, notInvoked } from './outcome.ts'

export type InvokeOptions = {
  readonly requestId?: string
  /** With choice `sticky`, the pool prefers the last container of this key. */
  readonly stickyKey?: string
}

/** Containers that share a core with many others would not load within Lambda's limit. */
const maxLoading = 2 * availableParallelism()

/**
 * The containers of one function. As in Lambda, any idle container may get the next event, unless `choice` is `sticky`.
 * Replaces containers whose code was edited.
 */
export class ContainerPool {
  readonly settings: FunctionSettings
  readonly #onOutput: (line: OutputLine) => void
  readonly #containers = new Set<Container>()
  readonly #idle = new Map<Container, NodeJS.Timeout>()
  readonly #waiting: (() => void)[] = []
  #loading = 0
  #closed = false

  constructor(options: PoolOptions, onOutput: (line: OutputLine) => void = printLine) {
    this.settings = functionSettings(options)
    this.#onOutput = onOutput
  }

  get size(): number {
    return this.#containers.size
  }

  /** Never rejects. */
  async invoke(event: EventPayload, options: InvokeOptions = {}): Promise<InvocationOutcome> {
    const requestId = options.requestId ?? randomUUID()
    let container: Container
    try {
      container = await this.#acquire(options.stickyKey)
    } catch (error) {
      // Without a process, no `onEnd` resumes the next waiting invocation.
      this.#waiting.shift()?.()
      return notInvoked(requestId, error as Error)
    }
    const outcome = await container.invoke(requestId, event)
    this.#release(container)
    return outcome
  }

  /** Ends busy containers too. Resolves when all have exited. */
  async close(): Promise<void> {
    this.#closed = true
    for (const next of this.#waiting.splice(0)) next()
    await Promise.all([...this.#containers].map((container) => container.end()))
    const { code } = this.settings
    if (code !== undefined && 'artifact' in code) await code.artifact.remove()
  }

  /** @throws when the pool is closed, or a process cannot be started */
  async #acquire(stickyKey: string | undefined): Promise<Container> {
    while (!this.#closed) {
      const container = this.#takeIdle(stickyKey) ?? this.#startIfRoom()
      if (container !== undefined) {
        container.stickyKey = stickyKey
        return container
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    throw namedError('ContainersClosed', 'The containers of this function are closed; it was not invoked.')
  }

  #takeIdle(stickyKey: string | undefined): Container | undefined {
    while (this.#idle.size > 0) {
      const container = this.#choose([...this.#idle.keys()], stickyKey)
      if (container === undefined) return undefined
      clearTimeout(this.#idle.get(container))
      this.#idle.delete(container)
      if (!container.stale) return container
      void container.end()
    }
    return undefined
  }

  #choose(idle: readonly Container[], stickyKey: string | undefined): Container | undefined {
    if (this.settings.choice === 'random') return idle[Math.floor(Math.random() * idle.length)]
    const own = idle.find((container) => container.stickyKey === stickyKey)
    return own ?? (this.#hasRoom() ? undefined : idle[0])
  }

  #hasRoom(): boolean {
    const living = [...this.#containers].filter((container) => !container.ended)
    return this.#loading < maxLoading && living.length < this.settings.maxConcurrency
  }

  #startIfRoom(): Container | undefined {
    if (!this.#hasRoom()) return undefined
    const taken = new Set([...this.#containers].map(({ slot }) => slot))
    let slot = 0
    while (taken.has(slot)) slot++
    const container = new Container(this.settings, slot, {
      onOutput: this.#onOutput,
      onEnd: (ended) => this.#remove(ended),
    })
    this.#containers.add(container)
    this.#loading++
    void container.loaded.then(() => {
      this.#loading--
      this.#waiting.shift()?.()
    })
    return container
  }

  #release(container: Container): void {
    if (!container.ended) {
      if (this.settings.freeze) container.freeze()
      const timer = setTimeout(() => void container.end(), this.settings.idleMs)
      this.#idle.set(container, timer.unref())
    }
    this.#waiting.shift()?.()
  }

  #remove(container: Container): void {
    clearTimeout(this.#idle.get(container))
    this.#idle.delete(container)
    this.#containers.delete(container)
    this.#waiting.shift()?.()
  }
}

function printLine({ label, requestId, stream, line }: OutputLine): void {
  process[stream].write(`${label} ${requestId} ${line}\n`)
}
