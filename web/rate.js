/** Growth in each second of the last minute. */

const seconds = 60

export class Rate {
  /** Growth by Unix second. @type {Map<number, number>} */
  #grown = new Map()
  /** Time of the last `add`. @type {number | undefined} */
  #since

  /** Spreads growth over at most 10 s. @param {number} growth @param {number} nowMs */
  add(growth, nowMs) {
    const to = Math.floor(nowMs / 1000)
    const from = Math.max(Math.floor((this.#since ?? nowMs) / 1000), to - 10)
    this.#since = nowMs
    for (const second of this.#grown.keys()) if (second <= to - seconds) this.#grown.delete(second)
    if (growth <= 0) return
    const share = growth / Math.max(1, to - from)
    for (let second = Math.min(from + 1, to); second <= to; second++) {
      this.#grown.set(second, (this.#grown.get(second) ?? 0) + share)
    }
  }

  /** Returns the growth per second, oldest first. @param {number} nowMs */
  curve(nowMs) {
    const now = Math.floor(nowMs / 1000)
    return Array.from({ length: seconds }, (_, i) => this.#grown.get(now - seconds + 1 + i) ?? 0)
  }

  /** @param {number} nowMs */
  perSecond(nowMs) {
    return (
      this.curve(nowMs)
        .slice(-3)
        .reduce((sum, growth) => sum + growth, 0) / 3
    )
  }

  get moving() {
    return this.#grown.size > 0
  }
}
