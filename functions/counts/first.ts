/** The first `count` of many items in the order of `compare`, without sorting them all: a heap with the last on top. */
export function first<T>(count: number, items: Iterable<T>, compare: (a: T, b: T) => number): T[] {
  const heap: T[] = []
  for (const item of items) {
    if (heap.length < count) rise(heap, item, compare)
    else if (count > 0 && compare(item, heap[0]!) < 0) sink(heap, item, compare)
  }
  return heap.sort(compare)
}

/** Adds an item at the bottom, and lets it rise above those that come before it. */
function rise<T>(heap: T[], item: T, compare: (a: T, b: T) => number): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (compare(item, heap[above]!) <= 0) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = item
}

/** Replaces the top, and lets the item sink below those that come after it. */
function sink<T>(heap: T[], item: T, compare: (a: T, b: T) => number): void {
  let at = 0
  for (let below = 1; below < heap.length; below = 2 * at + 1) {
    if (below + 1 < heap.length && compare(heap[below + 1]!, heap[below]!) > 0) below++
    if (compare(heap[below]!, item) <= 0) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = item
}
