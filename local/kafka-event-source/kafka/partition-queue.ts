import { type RecordBatch, RecordReader, readBatches } from './record-batches.ts'

/** Records of one partition that are fetched and wait to be read, as the bytes that the broker sent. */
export class PartitionQueue {
  readonly partition: number
  readonly #batches: RecordBatch[] = []
  #reader: RecordReader | undefined
  /** The reader is at a record that is not taken yet. */
  #isPeeked = false
  #position: number
  #fetchOffset: number
  #bufferedBytes = 0
  /** The log's end as the broker last told. */
  highWatermark: number

  constructor(partition: number, offset: number, highWatermark = offset) {
    this.partition = partition
    this.#position = offset
    this.#fetchOffset = offset
    this.highWatermark = highWatermark
  }

  /** The offset after everything taken: past the last record, and past markers and compacted records too. */
  get position(): number {
    return this.#position
  }

  /** Where the next fetch begins. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /** Adds what a fetch from `fetchOffset` returned. */
  add(bytes: Buffer): void {
    for (const batch of readBatches(bytes)) {
      if (batch.lastOffset < this.#fetchOffset) continue
      this.#batches.push(batch)
      this.#bufferedBytes += batch.body.length
      this.#fetchOffset = batch.lastOffset + 1
    }
  }

  /** Goes on from another offset; what waited is dropped. */
  seek(offset: number): void {
    this.#batches.length = 0
    this.#reader = undefined
    this.#isPeeked = false
    this.#bufferedBytes = 0
    this.#position = offset
    this.#fetchOffset = offset
  }

  /**
   * The next record, valid until another one is peeked at, or undefined when none is here.
   * @throws for a batch that cannot be read
   */
  peek(): RecordReader | undefined {
    if (this.#isPeeked) return this.#reader
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      const record = this.#reader ?? new RecordReader(batch)
      this.#reader = record
      while (record.next()) {
        if (record.offset < this.#position) continue
        this.#isPeeked = true
        return record
      }
      this.#position = Math.max(this.#position, batch.lastOffset + 1)
      this.#bufferedBytes -= batch.body.length
      this.#batches.shift()
      this.#reader = undefined
    }
    return undefined
  }

  /** Goes past the record that `peek` returned. */
  take(): void {
    if (!this.#isPeeked) return
    this.#position = this.#reader!.offset + 1
    this.#isPeeked = false
  }
}
