/**
 * Random content of a log: editions of books from several concurrent ingests, interleaved, interrupted, repeated and
 * continued; removals; lines of other producers; blank lines. It ends with one complete edition of each book, or none.
 */
import type { Random } from '../harness/random.ts'
import type { LogLine } from './log-writer.ts'

type StoryEdition = { readonly id: string; readonly lines: readonly Buffer[] }
type Ingest = {
  readonly book: Buffer
  readonly edition: StoryEdition
  written: number
  readonly until: number
}

/** The expected final lines of a book in the log, in order; null if it was removed. */
export type Ending = { readonly book: Buffer; readonly lines: readonly Buffer[] | null }

const names = [
  'alice.txt',
  'a/b/c.txt',
  'Brontë ☕.txt',
  'it\'s "quoted"',
  'two\nlines',
  '../up',
  '📚',
  'x'.repeat(900),
]
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export class Story {
  readonly #random: Random
  readonly #books: readonly Buffer[]
  readonly #editions = new Map<Buffer, StoryEdition[]>()
  #running: Ingest[] = []

  constructor(random: Random) {
    this.#random = random
    const shelf = [...names]
    this.#books = Array.from({ length: 2 + random.below(5) }, () => Buffer.from(random.take(shelf)))
  }

  /** Returns the next few lines. */
  chunk(): readonly LogLine[] {
    const lines: LogLine[] = []
    for (let turns = 1 + this.#random.below(6); turns > 0; turns--) lines.push(...this.#turn())
    return lines
  }

  /** Stops every ingest at its position, and writes the final edition or removal of each book. */
  finale(): { readonly lines: readonly LogLine[]; readonly endings: readonly Ending[] } {
    this.#running = []
    const lines: LogLine[] = []
    const endings: Ending[] = []
    for (const book of this.#books) {
      const edition = this.#random.chance(0.15) ? null : this.#editionOf(book)
      lines.push(...this.#foreign(book))
      if (edition === null) lines.push({ book, value: null, header: undefined })
      else lines.push(...linesOf({ book, edition, written: 0, until: edition.lines.length }, Infinity))
      lines.push(...this.#foreign(book))
      endings.push({ book, lines: edition?.lines ?? null })
    }
    return { lines, endings }
  }

  #turn(): readonly LogLine[] {
    const random = this.#random
    if (random.chance(0.05)) return [{ book: random.of(this.#books), value: null, header: undefined }]
    if (random.chance(0.1)) return this.#foreign(random.of(this.#books))
    if (this.#running.length === 0 || random.chance(0.3)) this.#running.push(this.#begin())
    const ingest = random.of(this.#running)
    const written = linesOf(ingest, 1 + random.below(120))
    if (ingest.written >= ingest.until) this.#running.splice(this.#running.indexOf(ingest), 1)
    return written
  }

  /** Starts an ingest at the first line or where an earlier one may have stopped; it ends at the last line or crashes. */
  #begin(): Ingest {
    const book = this.#random.of(this.#books)
    const edition = this.#editionOf(book)
    const length = edition.lines.length
    const written = this.#random.chance(0.8) ? 0 : this.#random.below(length)
    const until = this.#random.chance(0.7) ? length : written + 1 + this.#random.below(length - written)
    return { book, edition, written, until }
  }

  /** Returns a new edition of the book, or an earlier one. */
  #editionOf(book: Buffer): StoryEdition {
    const known = this.#editions.get(book) ?? []
    this.#editions.set(book, known)
    if (known.length > 0 && this.#random.chance(0.4)) return this.#random.of(known)
    const id = Array.from({ length: 8 }, () => alphabet[this.#random.below(64)]).join('')
    const length = 1 + this.#random.below(this.#random.of([3, 40, 400]))
    const edition = { id, lines: Array.from({ length }, (_, i) => this.#text(id, i + 1)) }
    known.push(edition)
    return edition
  }

  #foreign(book: Buffer): readonly LogLine[] {
    const number = this.#random.below(4)
    return Array.from({ length: number }, () => ({
      book,
      value: this.#text('foreign', 0),
      header: undefined,
    }))
  }

  /** Returns a line of any bytes; some lines are blank. */
  #text(id: string, number: number): Buffer {
    if (this.#random.chance(0.1)) return Buffer.alloc(0)
    const noise = Array.from({ length: this.#random.below(20) }, () => this.#random.below(256))
    return Buffer.concat([Buffer.from(`${id} ${number} `), Buffer.from(noise)])
  }
}

function linesOf(ingest: Ingest, atMost: number): LogLine[] {
  const { book, edition } = ingest
  const lines: LogLine[] = []
  while (ingest.written < ingest.until && lines.length < atMost) {
    const number = ++ingest.written
    const end = number === edition.lines.length ? ':end' : ''
    lines.push({ book, value: edition.lines[number - 1]!, header: `${edition.id}:${number}${end}` })
  }
  return lines
}
