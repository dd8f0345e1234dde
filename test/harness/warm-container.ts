import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { KafkaEvent } from '../../lambda/kafka-event.ts'
import { guard, release } from '../../local/containers/watchdog.ts'

export type ContainerRequest =
  | { readonly function: 'ingest'; readonly book: string; readonly lines: readonly string[] }
  | { readonly function: 'count'; readonly event: KafkaEvent }
  | { readonly function: 'counts' }

export type ContainerResponse = { readonly result: number } | { readonly error: string }

const program = fileURLToPath(new URL('warm-container-program.ts', import.meta.url))

/** A process that holds the objects of warm containers, and can be frozen as Lambda freezes containers. */
export class WarmContainer {
  readonly #child: ChildProcess

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = fork(program, {
      detached: true,
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...environment },
    })
    const { pid } = this.#child
    if (pid === undefined) return
    guard(pid)
    this.#child.once('exit', () => release(pid))
  }

  /** Sends one request at a time. @returns the total of lines for `counts` @throws with the function's message */
  async invoke(request: ContainerRequest): Promise<number> {
    const responded = once(this.#child, 'message')
    this.#child.send(request)
    const [response] = (await responded) as [ContainerResponse]
    if ('error' in response) throw new Error(`${request.function} failed: ${response.error}`)
    return response.result
  }

  /** Stops the process for this time, during which tokens, sessions and idle connections expire. */
  async freeze(forMs: number): Promise<void> {
    this.suspend()
    await delay(forMs)
    this.resume()
  }

  suspend(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}
