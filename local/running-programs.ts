import { describeExit, failed, type RunningProgram } from './programs/child-process.ts'
import type { RunRecord } from './settings/run-record.ts'

/** Contains the programs of one run in start order, and stops them in reverse order. */
export class RunningPrograms {
  readonly #record: RunRecord
  readonly #starting = new Set<Promise<RunningProgram>>()
  readonly #running: RunningProgram[] = []
  #stopping = false
  #onFailure: (error: Error) => void = () => undefined

  /** Rejects with PROCESS_FAILED and the end of the log when a program exits unexpectedly. */
  readonly failure: Promise<never> = new Promise((_resolve, reject) => {
    this.#onFailure = reject
  })

  constructor(record: RunRecord) {
    this.#record = record
    this.failure.catch(() => undefined) // avoids an unhandled rejection; awaiting `failure` still rejects
  }

  async add<T extends RunningProgram>(starting: Promise<T>): Promise<T> {
    const program = await this.#begin(starting)
    this.#running.push(program)
    void program.exited.then((exit) => {
      if (!this.#stopping) this.#onFailure(failed(program, `exited unexpectedly (${describeExit(exit)})`))
    })
    return program
  }

  /** Restarts the program after an unexpected exit. The run fails if the restart fails. */
  async keep(start: () => Promise<RunningProgram>): Promise<void> {
    const program = await this.#begin(start())
    this.#watch(this.#running.push(program) - 1, start)
  }

  /** Stops all programs. Waits for starting ones, which the caller must abort first. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.allSettled(this.#starting)
    for (const program of [...this.#running].reverse()) await program.stop()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running.map((program) => program.kill()))
  }

  async #begin<T extends RunningProgram>(starting: Promise<T>): Promise<T> {
    this.#starting.add(starting)
    try {
      const program = await starting
      this.#record.add(program.pid)
      return program
    } finally {
      this.#starting.delete(starting)
    }
  }

  #watch(place: number, start: () => Promise<RunningProgram>): void {
    const program = this.#running[place]!
    void program.exited.then(async (exit) => {
      if (this.#stopping) return
      console.error(`${program.name} exited unexpectedly (${describeExit(exit)}). Restarting this broker …`)
      try {
        this.#running[place] = await this.#begin(start())
      } catch (error) {
        return this.#onFailure(error as Error)
      }
      this.#watch(place, start)
    })
  }
}
