import { countBefore } from './binary-search.ts'

/** A block is split in two when it has twice as many items. */
const blockItems = 512

/** A list in order. A change moves the items of one block only. */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number
  /** In order; none is empty. */
  readonly #blocks: T[][] = []
  #size: number

  /**
   * @param compare must not return 0 for different items
   * @param items in order
   */
  constructor(compare: (a: T, b: T) => number, items: readonly T[] = []) {
    this.#compare = compare
    this.#size = items.length
    for (let at = 0; at < items.length; at += blockItems) {
      this.#blocks.push(items.slice(at, at + blockItems))
    }
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    const isBefore = this.#isBefore(item)
    const index = Math.min(this.#blockOf(isBefore), Math.max(0, this.#blocks.length - 1))
    this.#blocks[index] ??= []
    const block = this.#blocks[index]
    block.splice(countBefore(block, isBefore), 0, item)
    if (block.length === 2 * blockItems) this.#blocks.splice(index + 1, 0, block.splice(blockItems))
    this.#size++
  }

  /** @param item must be in the list */
  remove(item: T): void {
    const isBefore = this.#isBefore(item)
    const index = this.#blockOf(isBefore)
    const block = this.#blocks[index]!
    block.splice(countBefore(block, isBefore), 1)
    if (block.length === 0) this.#blocks.splice(index, 1)
    this.#size--
  }

  /** Returns the number of items for which `isBefore` is true, which must come first. */
  countBefore(isBefore: (item: T) => boolean): number {
    const index = this.#blockOf(isBefore)
    const earlier = this.#blocks.slice(0, index).reduce((count, block) => count + block.length, 0)
    return earlier + countBefore(this.#blocks[index] ?? [], isBefore)
  }

  slice(start: number, end: number): T[] {
    const items: T[] = []
    let at = 0
    for (const block of this.#blocks) {
      if (at >= end) break
      items.push(...block.slice(Math.max(0, start - at), end - at))
      at += block.length
    }
    return items
  }

  #blockOf(isBefore: (item: T) => boolean): number {
    return countBefore(this.#blocks, (block) => isBefore(block.at(-1)!))
  }

  #isBefore(item: T): (other: T) => boolean {
    return (other) => this.#compare(other, item) < 0
  }
}
