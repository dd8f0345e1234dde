/**
 * Runs asynchronous product code step by step: the code requests a turn, and waits until the schedule grants it. Uses only
 * microtasks, so a run is deterministic and fast.
 */
export class Actor<T> {
  result: { readonly value: T } | { readonly error: unknown } | undefined
  #proceed: (() => void) | undefined
  #rest: () => void = () => {}

  /** Resolves when the schedule grants a turn. Never resolves after a simulated crash. */
  readonly turn = (): Promise<void> =>
    new Promise((proceed) => {
      this.#proceed = proceed
      this.#rest()
    })

  /** Runs until the code requests its first turn. */
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
