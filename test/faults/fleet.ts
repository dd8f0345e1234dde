/** Real containers of `count` that can be invoked, killed, suspended and resumed individually, also during an event. */
import { fileURLToPath } from 'node:url'
import type { InvocationOutcome } from '../../local/containers/outcome.ts'
import { ContainerPool } from '../../local/containers/pool.ts'
import { waitFor } from '../harness/wait-for.ts'
import { startWithRetries } from './start-with-retries.ts'

const serviceDir = fileURLToPath(new URL('../..', import.meta.url))
/** An event without records: loads the code and changes nothing. */
const nothing = JSON.stringify({ eventSource: 'SelfManagedKafka', bootstrapServers: '', records: {} })

export type ContainerLog = (line: string) => void

export class FleetContainer {
  readonly name: string
  readonly #pool: ContainerPool
  #pid: number | undefined
  #busy = false
  #suspended = false

  constructor(
    name: string,
    environment: Readonly<Record<string, string>>,
    timeoutMs: number,
    log: ContainerLog,
  ) {
    this.name = name
    this.#pool = new ContainerPool(
      {
        functionName: name,
        handler: 'test/faults/count-container.handler',
        serviceDir,
        environment,
        timeoutMs,
        memorySize: 512,
        maxConcurrency: 1,
      },
      ({ line }) => {
        const [, pid] = /^container (\d+)$/.exec(line) ?? []
        if (pid === undefined) log(`${name}: ${line}`)
        else this.#pid = Number(pid)
      },
    )
  }

  /** Whether it can receive an event. */
  get idle(): boolean {
    return !this.#busy && !this.#suspended
  }

  get suspended(): boolean {
    return this.#suspended
  }

  /** Loads the code, in a new process if none is running. */
  async warm(): Promise<void> {
    await startWithRetries(async () => {
      const outcome = await this.invoke(nothing)
      if (!outcome.ok) throw new Error(`A container did not start: ${outcome.errorMessage}`)
    })
    await waitFor(() => this.#pid !== undefined, { within: 5_000 })
  }

  async invoke(event: string): Promise<InvocationOutcome> {
    this.#busy = true
    try {
      return await this.#pool.invoke(event)
    } finally {
      this.#busy = false
    }
  }

  /** Same as `kill -9`; resolves when the process has exited. Repeats the signal: a process that starts has no known id yet. */
  async kill(): Promise<void> {
    const hasExited = () => {
      this.#signal('SIGKILL')
      return this.#pool.size === 0
    }
    await waitFor(hasExited, { within: 30_000, every: 5 })
    this.#pid = undefined
    this.#suspended = false
  }

  suspend(): void {
    this.#signal('SIGSTOP')
    this.#suspended = true
  }

  resume(): void {
    this.#signal('SIGCONT')
    this.#suspended = false
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** Ignores a process that has already exited; the outcome shows it. */
  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#pid !== undefined) process.kill(-this.#pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
