import { describeExit, type Exit, failed, type RunningProgram } from './child-process.ts'
import type { RunRecord } from './run-record.ts'

/** The programs of one run in the order of their start. They stop in reverse, since each uses those before it. */
export class RunningPrograms {
  readonly #record: RunRecord
  readonly #starting = new Set<Promise<RunningProgram>>()
  readonly #running: RunningProgram[] = []
  #stopping = false
  #onFailure: (error: Error) => void = () => undefined

  /** Rejects when a program ends unasked. @throws PROCESS_FAILED with the end of its log */
  readonly failure: Promise<never> = new Promise((_resolve, reject) => {
    this.#onFailure = reject
  })

  constructor(record: RunRecord) {
    this.#record = record
    this.failure.catch(() => undefined) // whoever waits for it hears it
  }

  async add<T extends RunningProgram>(starting: Promise<T>): Promise<T> {
    const program = await this.#begin(starting)
    this.#running.push(program)
    void program.exited.then((exit) => this.#ended(program, exit))
    return program
  }

  /**
   * As `add`, but when the program ends unasked, that is told and it is started again in its place; only when it does
   * not start, the run has failed.
   */
  async keep(start: () => Promise<RunningProgram>, tell: (what: string) => void): Promise<void> {
    const program = await this.#begin(start())
    this.#watch(this.#running.push(program) - 1, start, tell)
  }

  /** Those that are still starting are waited for: whoever calls this has told them to give up. */
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

  #watch(place: number, start: () => Promise<RunningProgram>, tell: (what: string) => void): void {
    const program = this.#running[place]!
    void program.exited.then(async (exit) => {
      if (this.#stopping) return
      tell(`${program.name} ended by itself (${describeExit(exit)})`)
      try {
        this.#running[place] = await this.#begin(start())
      } catch (error) {
        return this.#onFailure(error as Error)
      }
      this.#watch(place, start, tell)
    })
  }

  #ended(program: RunningProgram, exit: Exit): void {
    if (!this.#stopping) this.#onFailure(failed(program, `ended by itself (${describeExit(exit)})`))
  }
}
