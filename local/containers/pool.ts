import { randomUUID } from 'node:crypto'
import type { PackedEvent } from '../../lib/packed-event.ts'
import { Container, type OutputLine } from './container.ts'
import { type FunctionSettings, functionSettings, type PoolOptions } from './function-settings.ts'
import { failure, type Outcome } from './outcome.ts'

/** An event in JSON, or packed. */
export type Payload = string | Buffer | PackedEvent

export type InvokeOptions = {
  readonly requestId?: string
  /** With `choice: 'sticky'`: the container that had this key last is preferred. */
  readonly stickyKey?: string
}

/**
 * The containers of one function: as many as there are invocations at once, up to `maxConcurrency`; warm between
 * invocations; any idle one may get the next event, as in Lambda, unless `sticky` is chosen. One whose code was edited
 * is replaced.
 */
export class ContainerPool {
  readonly settings: FunctionSettings
  readonly #onOutput: (line: OutputLine) => void
  readonly #containers = new Set<Container>()
  readonly #idle = new Map<Container, NodeJS.Timeout>()
  readonly #waiting: (() => void)[] = []
  #closed = false

  constructor(options: PoolOptions, onOutput: (line: OutputLine) => void = printLine) {
    this.settings = functionSettings(options)
    this.#onOutput = onOutput
  }

  /** Processes now, busy or idle. */
  get size(): number {
    return this.#containers.size
  }

  /** Runs the handler once. Never rejects: whatever goes wrong is in the outcome. */
  async invoke(payload: Payload, options: InvokeOptions = {}): Promise<Outcome> {
    const requestId = options.requestId ?? randomUUID()
    let container: Container | undefined
    try {
      container = await this.#acquire(options.stickyKey)
    } catch (error) {
      // No process was started whose end would let the next one go on.
      this.#waiting.shift()?.()
      const { name, message } = error as Error
      return failure(requestId, 'not-invoked', { errorType: name, errorMessage: message })
    }
    if (container === undefined) return closedOutcome(requestId)
    const outcome = await container.invoke(
      requestId,
      typeof payload === 'string' ? Buffer.from(payload) : payload,
    )
    this.#release(container)
    return outcome
  }

  /** Ends every container, busy or not; idempotent. Resolves when all processes are gone. */
  async close(): Promise<void> {
    this.#closed = true
    for (const next of this.#waiting.splice(0)) next()
    await Promise.all([...this.#containers].map((container) => container.end()))
    const { code } = this.settings
    if (code !== undefined && 'artifact' in code) await code.artifact.remove()
  }

  async #acquire(stickyKey: string | undefined): Promise<Container | undefined> {
    while (!this.#closed) {
      const container = this.#takeIdle(stickyKey) ?? this.#startIfRoom()
      if (container !== undefined) {
        container.stickyKey = stickyKey
        return container
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return undefined
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
    // Another key's container only when there may be no new one.
    return own ?? (this.#hasRoom() ? undefined : idle[0])
  }

  #hasRoom(): boolean {
    let living = 0
    for (const container of this.#containers) if (!container.ended) living++
    return living < this.settings.maxConcurrency
  }

  #startIfRoom(): Container | undefined {
    if (!this.#hasRoom()) return undefined
    const taken = new Set([...this.#containers].map(({ slot }) => slot))
    let slot = 0
    while (taken.has(slot)) slot++
    const container = new Container(this.settings, slot, {
      onOutput: this.#onOutput,
      onEnd: (ended) => this.#forget(ended),
    })
    this.#containers.add(container)
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

  #forget(container: Container): void {
    clearTimeout(this.#idle.get(container))
    this.#idle.delete(container)
    this.#containers.delete(container)
    this.#waiting.shift()?.()
  }
}

function closedOutcome(requestId: string): Outcome {
  return failure(requestId, 'not-invoked', {
    errorType: 'ContainersClosed',
    errorMessage: 'The containers of this function are closed; it was not invoked.',
  })
}

function printLine({ label, requestId, stream, line }: OutputLine): void {
  process[stream].write(`${label} ${requestId} ${line}\n`)
}
