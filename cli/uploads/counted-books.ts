import type { CountedBook } from '../../books/counted-book.ts'
import type { StateReader } from '../../books/state-reader.ts'
import { AppError } from '../../lib/errors.ts'

/**
 * Returns the counter's books by name. Empty without the state topic.
 * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function countedBooks(reader: StateReader): Promise<ReadonlyMap<string, CountedBook>> {
  try {
    return (await reader.counts()).books
  } catch (error) {
    if (error instanceof AppError && error.code === 'TOPIC_MISSING') return new Map()
    throw error
  }
}
