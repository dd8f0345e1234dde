import type { FetchedPartition } from '../protocol/fetch.ts'
import { type RecordBatch, RecordReader, readBatches } from '../records/batch-reader.ts'
import { visibility } from '../records/visible-batches.ts'

/** `isVisible`: false for aborted transactions and control records. */
type QueuedBatch = { readonly batch: RecordBatch; readonly isVisible: boolean }

/** Fetched records of one partition, as the broker's bytes. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly #batches: QueuedBatch[] = []
  #reader: RecordReader | undefined
  /** Whether the reader is at a record that `take` has not consumed. */
  #isPeeked = false
  #position: number
  #fetchOffset: number
  #bufferedBytes = 0
  highWatermark: number

  constructor(topic: string, partition: number, offset: number, highWatermark = offset) {
    this.topic = topic
    this.partition = partition
    this.#position = offset
    this.#fetchOffset = offset
    this.highWatermark = highWatermark
  }

  get name(): string {
    return `${this.topic}[${this.partition}]`
  }

  /** The offset after the last consumed record, and after markers and compacted records that follow it. */
  get position(): number {
    return this.#position
  }

  get fetchOffset(): number {
    return this.#fetchOffset
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /** Copies the bytes, because a queue must not retain the response. @throws UnreadableBatchError after earlier batches */
  add({ records, abortedTransactions }: Pick<FetchedPartition, 'records' | 'abortedTransactions'>): void {
    const isVisibleBatch = visibility(abortedTransactions)
    for (const batch of readBatches(Buffer.from(records), this.name)) {
      const isVisible = isVisibleBatch(batch)
      if (batch.lastOffset < this.#fetchOffset) continue
      this.#batches.push({ batch, isVisible })
      this.#bufferedBytes += batch.body.length
      this.#fetchOffset = batch.lastOffset + 1
    }
  }

  seek(offset: number): void {
    this.#batches.length = 0
    this.#reader = undefined
    this.#isPeeked = false
    this.#bufferedBytes = 0
    this.#position = offset
    this.#fetchOffset = offset
  }

  /** Returns the next buffered record, valid until `peek` returns another. @throws UnreadableBatchError at each call */
  peek(): RecordReader | undefined {
    if (this.#isPeeked) return this.#reader
    for (let queued = this.#batches[0]; queued !== undefined; queued = this.#batches[0]) {
      const { batch, isVisible } = queued
      if (isVisible) {
        const record = this.#reader ?? new RecordReader(batch)
        this.#reader = record
        while (record.next()) {
          if (record.offset < this.#position) continue
          this.#isPeeked = true
          return record
        }
      }
      this.#position = Math.max(this.#position, batch.lastOffset + 1)
      this.#bufferedBytes -= batch.body.length
      this.#batches.shift()
      this.#reader = undefined
    }
    return undefined
  }

  take(): void {
    if (!this.#isPeeked) return
    this.#position = this.#reader!.offset + 1
    this.#isPeeked = false
  }
}
