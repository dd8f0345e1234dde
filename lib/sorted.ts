/** Of more a sort is quicker, and they would be too many arguments. */
const fewChanges = 5_000

/**
 * Many items in order, kept so while a few of them change: changes wait until the order is asked for, and then cost as
 * many searches as there are of them and one copy of the list, whole stretches at once, not a sort of everything.
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
    const changes = this.#leaving.size + this.#coming.size
    this.#items = changes > fewChanges ? this.#sortedAnew() : this.#rearranged()
    this.#leaving.clear()
    this.#coming.clear()
  }

  #sortedAnew(): readonly T[] {
    return [...this.#items.filter((item) => !this.#leaving.has(item)), ...this.#coming].sort(this.#compare)
  }

  #rearranged(): readonly T[] {
    const stretches: (readonly T[])[] = []
    let at = 0
    for (const item of [...this.#leaving, ...this.#coming].sort(this.#compare)) {
      const place = placeOf(this.#items, (other) => this.#compare(other, item) < 0, at)
      const isLeaving = this.#leaving.has(item)
      stretches.push(this.#items.slice(at, place), isLeaving ? [] : [item])
      at = isLeaving ? place + 1 : place
    }
    return ([] as T[]).concat(...stretches, this.#items.slice(at))
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
