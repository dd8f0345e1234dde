/** With more changes, a full sort is faster, and `concat` accepts no more arguments. */
const fewChanges = 5_000

/** A sorted list for frequent reads and few changes. The next read applies the changes. */
export class Sorted<T> {
  readonly #compare: (a: T, b: T) => number
  #items: readonly T[] = []
  readonly #leaving = new Set<T>()
  readonly #coming = new Set<T>()

  /** @param compare must not return 0 for different items */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  /** Removes `before`, which must be the added object, and adds `after`. Either can be undefined. */
  replace(before: T | undefined, after: T | undefined): void {
    if (before !== undefined && !this.#coming.delete(before)) this.#leaving.add(before)
    if (after !== undefined) this.#coming.add(after)
  }

  /** Returns the same array until the next change. */
  get items(): readonly T[] {
    const changes = this.#leaving.size + this.#coming.size
    if (changes > 0) {
      this.#items = changes > fewChanges ? this.#sortedAnew() : this.#rearranged()
      this.#leaving.clear()
      this.#coming.clear()
    }
    return this.#items
  }

  #sortedAnew(): readonly T[] {
    return [...this.#items.filter((item) => !this.#leaving.has(item)), ...this.#coming].sort(this.#compare)
  }

  #rearranged(): readonly T[] {
    const stretches: (readonly T[])[] = []
    let at = 0
    for (const item of [...this.#leaving, ...this.#coming].sort(this.#compare)) {
      const place = insertionIndex(this.#items, (other) => this.#compare(other, item) < 0, at)
      const isLeaving = this.#leaving.has(item)
      stretches.push(this.#items.slice(at, place), isLeaving ? [] : [item])
      at = isLeaving ? place + 1 : place
    }
    return ([] as T[]).concat(...stretches, this.#items.slice(at))
  }
}

/** Returns the number of items for which `isBefore` is true, which must come first. */
export function insertionIndex<T>(items: readonly T[], isBefore: (item: T) => boolean, from = 0): number {
  let below = from
  let above = items.length
  while (below < above) {
    const middle = (below + above) >> 1
    if (isBefore(items[middle]!)) below = middle + 1
    else above = middle
  }
  return below
}
