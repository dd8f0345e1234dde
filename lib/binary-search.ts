/** Returns the number of items for which `isBefore` is true, which must come first. */
export function countBefore<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let below = 0
  let above = items.length
  while (below < above) {
    const middle = (below + above) >> 1
    if (isBefore(items[middle]!)) below = middle + 1
    else above = middle
  }
  return below
}
