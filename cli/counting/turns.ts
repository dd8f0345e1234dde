/**
 * Whether a partition is ours to count or better left to whoever else counts it. A command and the deployed function
 * can fence one another for as long as both want the partition, and neither would come far: so the command gives way
 * when it was fenced, and counts again only once the checkpoint has stood still for a while.
 */
const firstWaitMs = 5_000
const longestWaitMs = 60_000
/** Fenced again within this time: wait twice as long. */
const soonMs = 120_000

export class Turns {
  #waitMs = 0
  #fencedAtMs = Number.NEGATIVE_INFINITY
  #yielding = false
  #position: string | undefined
  #stillSinceMs = 0

  /** Somebody else took the partition over. */
  fenced(nowMs: number): void {
    const again = nowMs - this.#fencedAtMs < soonMs
    this.#waitMs = again ? Math.min(longestWaitMs, this.#waitMs * 2) : firstWaitMs
    this.#fencedAtMs = nowMs
    this.#yielding = true
    this.#stillSinceMs = nowMs
  }

  /** We counted, and were not fenced. */
  counted(): void {
    this.#yielding = false
  }

  /** @param position of the checkpoint, in whatever words change when it moves */
  mayCount(position: string, nowMs: number): boolean {
    if (position !== this.#position) {
      this.#position = position
      this.#stillSinceMs = nowMs
    }
    return !this.#yielding || nowMs - this.#stillSinceMs >= this.#waitMs
  }
}
