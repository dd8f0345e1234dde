/**
 * Many items in order, kept so while a few of them change: changes wait until the order is asked for, and then cost as
 * many searches as there are of them and one copy of the list, not a sort of everything.
 */
export class Sorted<T> {
  readonly #compare: (a: T, b: T) => number
  #items: readonly T[] = []
  readonly #leaving = new Set<T>()
  readonly #coming = new Set<T>()

  /** @param compare never 0 for two items that are in here together */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  /** `before` is the object that came; undefined when there was none, as `after` when there is none any more. */
  replace(before: T | undefined, after: T | undefined): void {
    if (before !== undefined && !this.#coming.delete(before)) this.#leaving.add(before)
    if (after !== undefined) this.#coming.add(after)
  }

  /** The same array until something changed. */
  get items(): readonly T[] {
    if (this.#leaving.size + this.#coming.size > 0) this.#settle()
    return this.#items
  }

  #settle(): void {
    const items: T[] = []
    let at = 0
    const copyTo = (end: number) => {
      while (at < end) items.push(this.#items[at++]!)
    }
    for (const item of [...this.#leaving, ...this.#coming].sort(this.#compare)) {
      copyTo(placeOf(this.#items, (other) => this.#compare(other, item) < 0, at))
      if (this.#leaving.has(item)) at++
      else items.push(item)
    }
    copyTo(this.#items.length)
    this.#items = items
    this.#leaving.clear()
    this.#coming.clear()
  }
}

/** How many of these, of which those that are before something come first, are before it. */
export function placeOf<T>(items: readonly T[], isBefore: (item: T) => boolean, from = 0): number {
  let below = from
  let above = items.length
  while (below < above) {
    const middle = (below + above) >> 1
    if (isBefore(items[middle]!)) below = middle + 1
    else above = middle
  }
  return below
}
