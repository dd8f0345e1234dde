/**
 * Decides whether to count a partition or to leave it to another counter. A command and the deployed function could
 * fence each other repeatedly without progress. So the command yields when it is fenced, and counts again only after the
 * checkpoint has not advanced for a while.
 */
const firstWaitMs = 5_000
const longestWaitMs = 60_000
/** Doubles the wait when it is fenced again within this time. */
const soonMs = 120_000

export class TakeoverBackoff {
  #waitMs = 0
  #fencedAtMs = Number.NEGATIVE_INFINITY
  #yielding = false
  #position: string | undefined
  #stillSinceMs = 0

  /** Records that another counter took over the partition. */
  fenced(nowMs: number): void {
    const again = nowMs - this.#fencedAtMs < soonMs
    this.#waitMs = again ? Math.min(longestWaitMs, this.#waitMs * 2) : firstWaitMs
    this.#fencedAtMs = nowMs
    this.#yielding = true
    this.#stillSinceMs = nowMs
  }

  /** Records that this counter counted without being fenced. */
  counted(): void {
    this.#yielding = false
  }

  /** @param position a value that changes when the checkpoint advances */
  mayCount(position: string, nowMs: number): boolean {
    if (position !== this.#position) {
      this.#position = position
      this.#stillSinceMs = nowMs
    }
    return !this.#yielding || nowMs - this.#stillSinceMs >= this.#waitMs
  }
}
