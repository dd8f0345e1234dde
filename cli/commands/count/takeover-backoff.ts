const firstWaitMs = 5_000
const maxWaitMs = 60_000
/** The wait doubles when fenced again within this time. */
const doubledWithinMs = 120_000

/**
 * Keeps a command and the deployed function from fencing each other repeatedly. After it is fenced, the command pauses
 * until the checkpoint has not advanced for a while.
 */
export class TakeoverBackoff {
  #waitMs = 0
  #fencedAtMs = Number.NEGATIVE_INFINITY
  #yielding = false
  #position: string | undefined
  #unchangedSinceMs = 0

  fenced(nowMs: number): void {
    const again = nowMs - this.#fencedAtMs < doubledWithinMs
    this.#waitMs = again ? Math.min(maxWaitMs, this.#waitMs * 2) : firstWaitMs
    this.#fencedAtMs = nowMs
    this.#yielding = true
    this.#unchangedSinceMs = nowMs
  }

  counted(): void {
    this.#yielding = false
  }

  /** @param position changes when the checkpoint advances */
  mayCount(position: string, nowMs: number): boolean {
    if (position !== this.#position) {
      this.#position = position
      this.#unchangedSinceMs = nowMs
    }
    return !this.#yielding || nowMs - this.#unchangedSinceMs >= this.#waitMs
  }
}
