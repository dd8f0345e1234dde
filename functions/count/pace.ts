import { setTimeout as delay } from 'node:timers/promises'

/** Lets things begin one after the other, so many milliseconds apart. */
export class Pace {
  readonly #intervalMs: number
  readonly #now: () => number
  readonly #pause: (ms: number) => Promise<void>
  #next = 0

  constructor(
    intervalMs: number,
    now: () => number = Date.now,
    pause: (ms: number) => Promise<void> = delay,
  ) {
    this.#intervalMs = intervalMs
    this.#now = now
    this.#pause = pause
  }

  /** Resolves when it is the caller's turn: at once, if the last one was long ago. */
  async turn(): Promise<void> {
    const now = this.#now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#intervalMs
    if (at > now) await this.#pause(at - now)
  }
}
