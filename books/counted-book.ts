/** A book's count over all partitions. Only lines of other producers can be in a second partition. */
export type CountedBook = {
  readonly name: string
  readonly lines: number
  /** Null when every counted line is foreign. */
  readonly edition: string | null
  readonly complete: boolean | null
  readonly updatedAtMs: number
  readonly partitions: readonly number[]
}

export type SortKeys = Pick<CountedBook, 'name' | 'lines' | 'updatedAtMs'>

export const orders = {
  name: byName,
  newest: (a: SortKeys, b: SortKeys) => b.updatedAtMs - a.updatedAtMs || byName(a, b),
  lines: (a: SortKeys, b: SortKeys) => b.lines - a.lines || byName(a, b),
} as const
export type BookOrder = keyof typeof orders

function byName(a: SortKeys, b: SortKeys): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
