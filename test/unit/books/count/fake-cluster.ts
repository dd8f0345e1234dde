/**
 * A cluster in memory with the behaviour that counting relies on: logs with gaps, transactions that the next producer of
 * the same id fences, and faults on request. Offsets in a log need not be contiguous, as after control records.
 */
import type { Bounds, CountingCluster, Topology, Transactions } from '../../../../books/count/cluster.ts'
import { type Topics, topicsOf } from '../../../../books/topics.ts'
import type { ReadPosition } from '../../../../kafka/consumer/log-reader.ts'
import type { LogRecord } from '../../../../kafka/records/record.ts'
import { AppError } from '../../../../lib/errors.ts'

export type Fault = 'fail before commit' | 'fail after commit'

export class FakeCluster implements CountingCluster {
  readonly topics: Topics = topicsOf('me')
  readonly books: LogRecord[] = []
  readonly counts: LogRecord[] = []
  readonly state: LogRecord[] = []
  booksTopicId = 'first'
  countTopicId = 'first'
  stateTopicId = 'first'
  partitions = 5
  /** Faults for the next commits, in order. */
  readonly faults: (Fault | undefined)[] = []
  /** The number of the state's last records that the next readers of its end do not get, as from a replaced leader. */
  readonly hidden: number[] = []
  /** The same for the lines. */
  readonly hiddenLines: number[] = []
  commits = 0
  /** Transactions without an end. */
  openTransactions = 0
  fences = 0
  booksRead = 0
  countsRead = 0
  #epoch = 0
  #end = 0

  /** Appends a line or a removal, `gap` offsets after the last record. */
  append(record: Pick<LogRecord, 'key' | 'value' | 'headers'>, gap = 0): number {
    const offset = this.#end + gap
    this.books.push({ ...record, offset, timestamp: 0, timestampType: 'CREATE_TIME' })
    this.#end = offset + 1
    return offset
  }

  /** Deletes the topic and creates it again. */
  recreateBooks(): void {
    this.books.length = 0
    this.#end = 0
    this.booksTopicId = `${this.booksTopicId}'`
  }

  recreateState(): void {
    this.state.length = 0
    this.stateTopicId = `${this.stateTopicId}'`
  }

  async fence(): Promise<Transactions> {
    this.fences++
    this.openTransactions = 0
    return new FakeTransactions(this, ++this.#epoch)
  }

  fencedSince(epoch: number): boolean {
    return epoch !== this.#epoch
  }

  async topology(): Promise<Topology> {
    const { booksTopicId, countTopicId, stateTopicId, partitions } = this
    return { booksTopicId, countTopicId, stateTopicId, partitions }
  }

  async bounds(topic: keyof Topics): Promise<{ start: number; end: number }> {
    if (topic === 'books') return { start: 0, end: this.#end - (this.hiddenLines.shift() ?? 0) }
    if (topic === 'bookCount') return { start: 0, end: this.counts.length }
    return { start: 0, end: Math.max(0, this.state.length - (this.hidden.shift() ?? 0)) }
  }

  async booksEnd(_partition: number): Promise<number> {
    return this.#end
  }

  async readCommitted(
    topic: 'bookCount' | 'bookCountState',
    _partition: number,
    { start, end }: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number> {
    if (topic === 'bookCount') this.countsRead++
    const log = topic === 'bookCount' ? this.counts : this.state
    for (const record of log.slice(0, end)) if (record.offset >= start) onRecord(record)
    return end
  }

  /** Delivers at most seven records, so that reading to the end needs several calls. */
  async readBooks(
    _partition: number,
    from: number,
    atLeast: number,
    onRecord: (record: LogRecord) => void,
  ): Promise<ReadPosition> {
    this.booksRead++
    const records = this.books.filter(({ offset }) => offset >= from).slice(0, Math.min(atLeast, 7))
    for (const record of records) onRecord(record)
    const last = records.at(-1)
    const isAtEnd = last === undefined || last === this.books.at(-1)
    return { next: isAtEnd ? this.#end : last.offset + 1, isAtEnd }
  }
}

class FakeTransactions implements Transactions {
  readonly #cluster: FakeCluster
  readonly #epoch: number
  #open: { log: LogRecord[]; key: Buffer; value: Buffer | null }[] = []
  #expectedOffset: number | undefined
  #isBegun = false

  constructor(cluster: FakeCluster, epoch: number) {
    this.#cluster = cluster
    this.#epoch = epoch
  }

  async begin(): Promise<void> {
    if (this.#isBegun || this.#cluster.fencedSince(this.#epoch)) return
    this.#isBegun = true
    this.#cluster.openTransactions++
  }

  produce(topic: string, _partition: number, key: Buffer, value: Buffer | null): void {
    const { topics, counts, state } = this.#cluster
    if (topic !== topics.bookCount && topic !== topics.bookCountState)
      throw new Error(`Unexpected topic ${topic}`)
    this.#open.push({ log: topic === topics.bookCount ? counts : state, key, value })
  }

  expectOffset(_topic: string, _partition: number, offset: number): void {
    this.#expectedOffset = offset
  }

  async commit(): Promise<void> {
    const cluster = this.#cluster
    if (!this.#isBegun && this.#open.length === 0) return
    if (cluster.fencedSince(this.#epoch)) throw new AppError('FENCED', 'Fenced.', { retryable: true })
    if ((this.#expectedOffset ?? cluster.state.length) !== cluster.state.length)
      throw new AppError('KAFKA_UNAVAILABLE', 'The state was read to another end.', { retryable: true })
    if (this.#isBegun) cluster.openTransactions--
    this.#isBegun = false
    if (this.#open.length === 0) return
    this.#expectedOffset = undefined
    const fault = cluster.faults.shift()
    const failure = new AppError('KAFKA_UNAVAILABLE', 'No response to the commit.', { retryable: true })
    if (fault === 'fail before commit') throw failure
    for (const { log, key, value } of this.#open) {
      log.push(recordAt(log.length, key, value))
    }
    this.#open = []
    cluster.commits++
    if (fault === 'fail after commit') throw failure
  }

  close(): void {}
}

/** A record without headers, as `count` publishes. */
export function recordAt(offset: number, key: Buffer, value: Buffer | null): LogRecord {
  return { offset, timestamp: 0, timestampType: 'CREATE_TIME', key, value, headers: [] }
}
