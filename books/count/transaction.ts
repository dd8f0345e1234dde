import {
  bookStateKey,
  type Checkpoint,
  checkpointKey,
  encodeBookState,
  encodeCheckpoint,
} from '../book-state.ts'
import type { Topics } from '../topics.ts'
import type { Transactions } from './cluster.ts'
import type { PendingUpdate } from './ledger.ts'

type Publication = Pick<PendingUpdate, 'updates' | 'changed'> & { readonly checkpoint: Checkpoint }

export async function writeTransaction(
  transactions: Transactions,
  topics: Topics,
  partition: number,
  { updates, changed, checkpoint }: Publication,
): Promise<void> {
  let book: string | undefined
  let key = Buffer.alloc(0)
  for (const update of updates) {
    // Consecutive updates mostly have the same book.
    if (update.book !== book) {
      book = update.book
      key = Buffer.from(book, 'base64')
    }
    const value = update.count === null ? null : Buffer.from(String(update.count), 'latin1')
    transactions.produce(topics.bookCount, partition, key, value)
  }
  for (const [changedBook, state] of changed) {
    const value = state === undefined ? null : encodeBookState(state)
    transactions.produce(
      topics.bookCountState,
      partition,
      bookStateKey(Buffer.from(changedBook, 'base64')),
      value,
    )
  }
  transactions.produce(topics.bookCountState, partition, checkpointKey, encodeCheckpoint(checkpoint))
  await transactions.commit()
}
