/** Implements rules 1 to 5 of docs/guarantees.md, without I/O. */
import type { BookState } from '../book-state.ts'
import type { LineHeader } from '../line-header.ts'

/** A `removal` has a null value; a `foreign` line has no header of ingest. */
export type Line =
  | { readonly kind: 'removal' }
  | { readonly kind: 'foreign' }
  | ({ readonly kind: 'line' } & LineHeader)

export const removal: Line = { kind: 'removal' }
export const foreign: Line = { kind: 'foreign' }

/** @returns `book` itself when unchanged; undefined when no count remains */
export function countLine(book: BookState | undefined, line: Line): BookState | undefined {
  switch (line.kind) {
    case 'removal':
      return undefined
    case 'foreign':
      return book === undefined
        ? { lines: 1, edition: '', number: 0, complete: false }
        : { lines: book.lines + 1, edition: book.edition, number: book.number, complete: book.complete }
    case 'line':
      if (book !== undefined && book.edition === line.edition) {
        if (line.number !== book.number + 1) return book
        return { lines: book.lines + 1, edition: line.edition, number: line.number, complete: line.end }
      }
      if (line.number !== 1) return book
      return { lines: 1, edition: line.edition, number: 1, complete: line.end }
    default:
      return line satisfies never
  }
}

/** Returns true if earlier lines of this edition are missing. A running or repeated ingest writes them. */
export function hasGap(book: BookState | undefined, line: Line): boolean {
  return (
    line.kind === 'line' &&
    book !== undefined &&
    book.edition === line.edition &&
    line.number > book.number + 1
  )
}
