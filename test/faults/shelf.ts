/**
 * Random user actions on a bucket and a topic: uploads, overwrites, removals, repeated uploads of the same object, lines of
 * other producers, and repeated old events. It records the expected final state of each book.
 */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { encodeS3Event, type S3EventName } from '../../lambda/s3-event.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { kcat } from '../harness/kcat.ts'
import { temporaryFolder } from '../harness/names.ts'
import type { Random } from '../harness/random.ts'
import type { System } from '../harness/system.ts'
import { invoke } from './lambda-endpoint.ts'
import type { EndingEntry } from './oracle.ts'

/** The file that was uploaded last; null if the book was removed. */
type Book = { readonly name: string; file: string | null }

const names = ['alice.txt', 'a/b/c d.txt', 'Brontë ☕.txt', 'it\'s "quoted"', '📚+%20.txt', 'packed.txt.gz']
const folder = temporaryFolder()
const lineEnds = ['\n', '\n', '\r\n', '\r']

export class Shelf {
  readonly #random: Random
  readonly #system: System
  readonly #brokers: readonly string[]
  readonly #s3: S3Client
  readonly #books: Book[]
  #files = 0

  /**
   * @param brokers `host:port` of listeners without security
   * @param prefix prefix of each book's name
   */
  constructor(random: Random, system: System, brokers: readonly string[], prefix: string) {
    this.#random = random
    this.#system = system
    this.#brokers = brokers
    this.#s3 = s3ClientFor(system.config.s3Endpoint)
    const shelf = [...names]
    const number = 3 + random.below(3)
    this.#books = Array.from({ length: number }, () => ({
      name: `${prefix}/${random.take(shelf)}`,
      file: null,
    }))
  }

  /** Performs one action; resolves when it is acknowledged. @returns a description of the action */
  async act(): Promise<string> {
    const random = this.#random
    const book = random.of(this.#books)
    if (random.chance(0.12)) return this.#remove(book)
    if (random.chance(0.15) && book.file !== null) return this.#put(book, book.file)
    if (random.chance(0.15)) return this.#foreign(book)
    if (random.chance(0.15)) return this.#sendOldEvent(book)
    return this.#put(book, this.#write(book, random.of([0, 1, 5, 300, 3_000])))
  }

  /** Uploads a book that takes a while to be counted. */
  async upload(): Promise<string> {
    const book = this.#random.of(this.#books)
    return this.#put(book, this.#write(book, 12_000 + this.#random.below(20_000)))
  }

  /** Repeats the last action on each book, as users do after failed uploads. */
  async repeat(): Promise<void> {
    for (const book of this.#books)
      await (book.file === null ? this.#remove(book) : this.#put(book, book.file))
  }

  endings(): EndingEntry[] {
    return this.#books.map(({ name, file }) =>
      file === null
        ? { book: Buffer.from(name), lines: null }
        : { book: Buffer.from(name), file, gzip: name.endsWith('.gz') },
    )
  }

  close(): void {
    this.#s3.destroy()
  }

  async #put(book: Book, file: string): Promise<string> {
    const { bucket } = this.#system.config
    const Body = await readFile(file)
    await this.#untilTaken(() =>
      this.#s3.send(new PutObjectCommand({ Bucket: bucket, Key: book.name, Body })),
    )
    book.file = file
    return `put ${book.name}, ${Body.length} bytes`
  }

  async #remove(book: Book): Promise<string> {
    const { bucket } = this.#system.config
    await this.#untilTaken(() => this.#s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: book.name })))
    book.file = null
    return `removed ${book.name}`
  }

  async #foreign(book: Book): Promise<string> {
    const number = 1 + this.#random.below(5)
    const lines = Array.from({ length: number }, (_, i) => `${book.name}|foreign ${i}`).join('\n')
    const { topics } = this.#system.config
    const to = ['-P', '-b', this.#brokers.join(), '-t', topics.books, '-K', '|']
    // The part that was written before an error is in the log and is counted.
    await this.#untilTaken(() => kcat([...to, '-X', 'topic.partitioner=murmur2_random'], lines))
    return `${number} foreign lines of ${book.name}`
  }

  /** Sends an old event, or one of an object that never existed, concurrently with the bucket's own events. */
  async #sendOldEvent(book: Book): Promise<string> {
    const eventName: S3EventName = this.#random.chance(0.5) ? 'ObjectCreated:Put' : 'ObjectRemoved:Delete'
    const { bucket, region } = this.#system.config
    const change = { eventName, bucket, key: book.name, eventTime: new Date(0).toISOString(), sequencer: '0' }
    const origin = { awsRegion: region, configurationId: 'ingest', principalId: 'local' }
    const event = encodeS3Event(change, { ...origin, sourceIPAddress: '127.0.0.1', requestId: 'again' })
    // It is retried like every event of a bucket: an interrupted ingest may have written an old edition last.
    await this.#untilTaken(() => invoke(this.#system, 'ingest', JSON.stringify(event)))
    return `sent ${eventName} of ${book.name} manually`
  }

  /** Retries a failed upload, as users do. */
  async #untilTaken(attempt: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + 120_000
    for (;;) {
      try {
        await attempt()
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
        await delay(250)
      }
    }
  }

  /** Writes lines of any bytes except NUL, which ingest rejects as not text. */
  #write({ name }: Book, lines: number): string {
    const random = this.#random
    const parts: Buffer[] = []
    for (let number = 1; number <= lines; number++) {
      const noise = Array.from({ length: random.below(8) }, () => 1 + random.below(255))
      const text = random.chance(0.05) ? '' : `${name} ${this.#files} ${number} `
      parts.push(Buffer.from(text), Buffer.from(noise), Buffer.from(random.of(lineEnds)))
    }
    if (random.chance(0.3)) parts.pop()
    const content = Buffer.concat(parts)
    const file = join(folder, `${this.#files++}-${Date.now()}`)
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(content) : content)
    return file
  }
}
