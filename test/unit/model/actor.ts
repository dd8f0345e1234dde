/**
 * Real asynchronous code under the schedule's control: it runs until it asks for its next turn, then waits until the
 * schedule gives it one. Only microtasks are spent, so a run is exact, repeatable and fast.
 */
export class Actor<T> {
  result: { readonly value: T } | { readonly error: unknown } | undefined
  #proceed: (() => void) | undefined
  #rest: () => void = () => {}

  /** Waits for a turn. Code that never gets another one has crashed. */
  readonly turn = (): Promise<void> =>
    new Promise((proceed) => {
      this.#proceed = proceed
      this.#rest()
    })

  /** Runs until the first turn is asked for. */
  async start(run: () => Promise<T>): Promise<void> {
    const rested = this.#rested()
    run()
      .then(
        (value) => {
          this.result = { value }
        },
        (error: unknown) => {
          this.result = { error }
        },
      )
      .then(() => this.#rest())
    await rested
  }

  async step(): Promise<void> {
    const rested = this.#rested()
    this.#proceed!()
    await rested
  }

  #rested(): Promise<void> {
    return new Promise((rest) => {
      this.#rest = rest
    })
  }
}
