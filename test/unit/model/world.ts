/** The bucket and the log of the model, with only the behaviour of S3 and Kafka on which the guarantees depend. */

import type { BookState } from '../../../books/book-state.ts'
import { type countLine, removal } from '../../../books/count/count.ts'
import type { Bucket, StoredBook } from '../../../books/ingest/stored-book.ts'
import { ObjectChanged } from '../../../books/ingest/stored-book.ts'
import type { RecordWriter } from '../../../books/ingest/write-lines.ts'
import { parseLineHeader } from '../../../books/line-header.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Random } from '../../harness/random.ts'

/** A possible content of a book. Equal contents have equal ETags, as in S3. Ingest rejects it if `text` is false. */
export type Content = { readonly etag: string; readonly lines: number; readonly text: boolean }

export type ModelRecord = { readonly book: string; readonly header: Buffer | undefined }

export class World {
  readonly objects = new Map<string, Content>()
  readonly log: ModelRecord[] = []

  /** Returns the expected counts: the lines of the bucket's objects, without removed, empty and rejected ones. */
  expected(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const [book, { lines, text }] of this.objects) if (text && lines > 0) counts.set(book, lines)
    return counts
  }

  counted(reducer: typeof countLine): Map<string, number> {
    const states = new Map<string, BookState>()
    for (const { book, header } of this.log) {
      const line = header === undefined ? removal : ({ kind: 'line', ...parseLineHeader(header)! } as const)
      const state = reducer(states.get(book), line)
      if (state === undefined) states.delete(book)
      else states.set(book, state)
    }
    return new Map([...states].map(([book, state]) => [book, state.lines]))
  }
}

/** The bucket for one ingest. Each call and each chunk takes a turn, in which the object may change. */
export function bucketOf(world: World, random: Random, turn: () => Promise<void>): Bucket {
  async function* chunksOf(book: string, content: Content, from: number): AsyncGenerator<Buffer, void> {
    const text = Buffer.from('x\n'.repeat(content.lines)).subarray(from)
    const cut = random.below(text.length + 1)
    for (const chunk of [text.subarray(0, cut), text.subarray(cut)]) {
      await turn()
      // An open stream continues with the old content. A broken one cannot be resumed.
      if (world.objects.get(book) !== content && random.chance(0.2)) throw new ObjectChanged()
      if (chunk.length > 0) yield chunk
    }
    if (!content.text) throw new AppError('OBJECT_UNREADABLE', 'broken at its end')
  }
  return {
    async open(book, at): Promise<StoredBook | undefined> {
      await turn()
      const content = world.objects.get(book)
      if (at !== undefined && content?.etag !== at.etag) throw new ObjectChanged()
      return content && { etag: content.etag, gzip: false, chunks: chunksOf(book, content, at?.byte ?? 0) }
    },
    async etag(book) {
      await turn()
      return world.objects.get(book)?.etag
    },
  }
}

/** A producer. Records reach the log in order from a queue. The caller receives an error for lost records. */
export class ModelWriter implements RecordWriter {
  readonly #world: World
  readonly #book: string
  readonly #turn: () => Promise<void>
  readonly #queue: ModelRecord[] = []
  #credit = 0
  #lost = false

  constructor(world: World, book: string, turn: () => Promise<void>) {
    this.#world = world
    this.#book = book
    this.#turn = turn
  }

  offer(_value: Buffer | null, header?: Buffer): boolean {
    if (this.#credit === 0) return false
    this.#credit--
    this.#queue.push({ book: this.#book, header: header && Buffer.from(header) })
    return true
  }

  offerNumbered(bytes: Buffer, ranges: Int32Array, header: Buffer): number {
    return Number(this.offer(bytes.subarray(ranges[0], ranges[1]), header))
  }

  async room(): Promise<void> {
    await this.#turn()
    this.#credit = 1
  }

  async acknowledged(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#turn()
      this.deliver()
    }
    if (!this.#lost) return
    this.#lost = false
    throw new AppError('KAFKA_UNAVAILABLE', 'a record was lost', { retryable: true })
  }

  deliver(): void {
    const record = this.#queue.shift()
    if (record !== undefined) this.#world.log.push(record)
  }

  /** A function returns only when no record is in flight, also after an error. */
  settle(): void {
    while (this.#queue.length > 0) this.deliver()
  }

  lose(random: Random): void {
    if (this.#queue.length === 0) return
    random.take(this.#queue)
    this.#lost = true
  }

  /** Writes only the first records in flight, as after a crash of the process. */
  crash(random: Random): void {
    for (let n = random.below(this.#queue.length + 1); n > 0; n--) this.deliver()
    this.#queue.length = 0
  }
}
