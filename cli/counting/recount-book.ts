import { setTimeout as delay } from 'node:timers/promises'
import type { Topology } from '../../functions/count/cluster.ts'
import { countLine } from '../../functions/count/count.ts'
import { LogCounter } from '../../functions/count/log-counter.ts'
import { countedRecord } from '../../functions/count/records.ts'
import { bookName } from '../../lib/book-name.ts'
import type { BookState } from '../../lib/book-state.ts'
import type { Config } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { InterruptibleCluster } from './interruptible-cluster.ts'

const recordsPerRead = 50_000
const attempts = 8

export type RecountedPart = { readonly partition: number; readonly lines: number | null }

export type RecountOptions = {
  readonly log: Log
  /** Stops between two steps. */
  readonly signal: AbortSignal
  /** Hears how many more records of the log were read. */
  readonly onProgress: (records: number) => void
}

/**
 * Counts one book again from its lines, and publishes its count once, wherever it is. The count is a fold over the
 * book's records alone, so that no other book is touched. The log is read beforehand, without disturbing anyone; then
 * the partition is taken over for a moment, counted to its end, and the book's state and count are written in one
 * transaction at exactly that offset. Broken off before that transaction, it has changed nothing.
 * @param book the key's bytes
 * @returns each partition that has records of the book, with its count there: null when it ends removed
 * @throws NOT_FOUND when no partition has; FENCED when others never let it come to an end; what `LogCounter.count` throws
 */
export async function recountBook(
  config: Config,
  book: Buffer,
  { log, signal, onProgress }: RecountOptions,
): Promise<readonly RecountedPart[]> {
  const cluster = new InterruptibleCluster(config, signal)
  try {
    const topology = await cluster.topology()
    const partitions = Array.from({ length: topology.partitions }, (_, partition) => partition)
    const folds = await Promise.all(
      partitions.map(async (partition) => {
        const { start, end } = await cluster.bounds('books', partition)
        const fold = new BookFold(cluster, partition, book, start)
        await fold.readTo(end, onProgress)
        return fold
      }),
    )
    const found = folds.filter((fold) => fold.found)
    if (found.length === 0) {
      throw new AppError(
        'NOT_FOUND',
        `${config.topics.books} has no line of "${bookName(book)}". "books counts" lists the books there are.`,
      )
    }
    for (const fold of found) {
      const { partition } = fold
      const counter = new LogCounter({ partition, cluster, emit: config.emit, log })
      await putRight(counter, topology, fold).finally(() => counter.release())
    }
    return found.map(({ partition, state }) => ({ partition, lines: state?.lines ?? null }))
  } finally {
    await cluster.close()
  }
}

/** Others may count the partition too; a moment between two of their fencings is enough. */
async function putRight(counter: LogCounter, topology: Topology, fold: BookFold): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { next } = await counter.count(topology)
      await fold.readTo(next)
      if (fold.next === next) return await counter.correct(fold.key, fold.state)
    } catch (error) {
      if (!(error instanceof AppError && error.retryable) || attempt === attempts) throw error
    }
    await delay(200 + Math.random() * 1800)
  }
}

/** What one book's lines in one partition make of it, up to `next`. */
class BookFold {
  readonly partition: number
  /** As the counter names the book. */
  readonly key: string
  /** Whether the log has any record of it. */
  found = false
  state: BookState | undefined
  next: number
  readonly #cluster: InterruptibleCluster

  constructor(cluster: InterruptibleCluster, partition: number, book: Buffer, start: number) {
    this.#cluster = cluster
    this.partition = partition
    this.key = book.toString('base64')
    this.next = start
  }

  /** Reads up to an offset, or to where the log ends before it. */
  async readTo(until: number, onProgress: (records: number) => void = () => {}): Promise<void> {
    while (this.next < until) {
      let records = 0
      const read = await this.#cluster.readBooks(this.partition, this.next, recordsPerRead, (record) => {
        records++
        const { offset, book, line } = countedRecord(record)
        if (offset >= until || book !== this.key) return
        this.found = true
        this.state = countLine(this.state, line)
      })
      onProgress(records)
      this.next = Math.min(read.next, until)
      if (read.isAtEnd) return
    }
  }
}
