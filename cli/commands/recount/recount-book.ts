import { setTimeout as delay } from 'node:timers/promises'
import { bookName } from '../../../books/book-name.ts'
import type { BookState } from '../../../books/book-state.ts'
import type { Config } from '../../../books/config.ts'
import type { Topology } from '../../../books/count/cluster.ts'
import { countLine } from '../../../books/count/count.ts'
import { LogCounter } from '../../../books/count/log-counter.ts'
import { countedRecord } from '../../../books/count/records.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Log } from '../../../lib/log.ts'
import { InterruptibleCluster } from '../count/interruptible-cluster.ts'

const recordsPerRead = 50_000
const attempts = 8

export type RecountOptions = {
  readonly log: Log
  /** Stops between two steps. */
  readonly signal: AbortSignal
  /** Called with the records since the last call. */
  readonly onProgress: (records: number) => void
}

/**
 * Counts one book again and publishes its count in each of its partitions. First reads the log without fencing other
 * counters. Then counts each partition to the log end and writes state and count in one transaction. A stop before this
 * transaction changes nothing in the partition.
 * @returns the count by partition; null when the last record is a removal
 * @throws NOT_FOUND when the log has no record of the book; FENCED when other counters fence every attempt; the errors
 *   of `LogCounter.count`
 */
export async function recountBook(
  config: Config,
  book: Buffer,
  { log, signal, onProgress }: RecountOptions,
): Promise<readonly { readonly partition: number; readonly lines: number | null }[]> {
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
        `${config.topics.books} has no line of "${bookName(book)}". "books counts" lists the counted books.`,
      )
    }
    for (const fold of found) {
      const { partition } = fold
      const counter = new LogCounter({ partition, cluster, emit: config.emit, log })
      await correctCounts(counter, topology, fold).finally(() => counter.release())
    }
    return found.map(({ partition, state }) => ({ partition, lines: state?.lines ?? null }))
  } finally {
    await cluster.close()
  }
}

async function correctCounts(counter: LogCounter, topology: Topology, fold: BookFold): Promise<void> {
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

/** The state of one book before the offset `next`. */
class BookFold {
  readonly partition: number
  readonly key: string
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
