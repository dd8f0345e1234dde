/** Merges counts, uploads and failures into rows. Uses no I/O. */
import { Rate } from './rate.js'

/**
 * A book of `GET /counts`.
 * @typedef {{
 *   book: string, lines: number, edition: string | null, complete: boolean | null, updatedAt: string | null,
 *   partitions: readonly number[]
 * }} Book
 */

/** @typedef {{ id: string, book: string, reason: string, failedAt: string }} Failure */

/**
 * @typedef {{
 *   id: number, book: string, size: number,
 *   state: 'queued' | 'uploading' | 'retrying' | 'uploaded' | 'failed' | 'cancelled',
 *   sent: number, lines?: number, edition?: string, startedAtMs: number, reason?: string, retryAtMs?: number,
 *   isRepeatable?: boolean, isSignedOut?: boolean
 * }} Upload
 */

/**
 * `waiting` books are uploaded but not counted. `arriving` books are counted in part. `counted` books have no edition.
 * @typedef {'queued' | 'uploading' | 'retrying' | 'waiting' | 'arriving' | 'complete' | 'counted' | 'empty' | 'failed' | 'cancelled'} Stage
 */

/**
 * @typedef {{
 *   name: string, stage: Stage, lines: number | null, expected: number | null, sent: number, size: number,
 *   updatedAtMs: number | null, reason: string, retryAtMs: number, isRepeatable: boolean,
 *   upload: Upload | undefined, failure: Failure | undefined, rate: Rate
 * }} Row
 */

/** @typedef {{ atMs: number, turn: number }} Place */

/**
 * `before`: edition counted before the upload.
 * @typedef {{
 *   place: Place, rate: Rate, expected: number | null, edition: string | null, before: string | null,
 *   lines: number | undefined, overdueAtMs: number | undefined
 * }} Memory
 */

/**
 * Interval of requests for one waiting book. Lists lack the book if it is unchanged or many others are newer.
 */
const requestEveryMs = 5_000

export class Shelf {
  /** @type {Map<string, Book>} */
  #books = new Map()
  /** @type {Map<string, Upload>} */
  #uploads = new Map()
  /** @type {Map<string, Failure>} */
  #failures = new Map()
  /** @type {Map<string, Memory>} */
  #memories = new Map()
  /** @type {Book | undefined} */
  #watched
  #turns = 0
  #latestMs = 0
  /** Growth of all lines. */
  rate = new Rate()
  totals = { books: 0, lines: 0 }
  isCounted = false

  /** @param {{ books: Book[], totals: { books: number, lines: number } }} counts one page @param {number} nowMs */
  takeCounts({ books, totals }, nowMs) {
    this.rate.add(this.isCounted ? totals.lines - this.totals.lines : 0, nowMs)
    this.totals = totals
    const before = this.#books
    this.#books = new Map(books.map((book) => [book.book, book]))
    for (const book of books.toReversed()) this.#see(book, before.get(book.book), nowMs)
    this.isCounted = true
    for (const upload of this.#uploads.values()) this.#settle(upload, this.#books.get(upload.book))
  }

  /** @param {Book} book @param {number} nowMs */
  watch(book, nowMs) {
    const before = this.#watched?.book === book.book ? this.#watched : undefined
    if (!this.#books.has(book.book)) this.#see(book, before, nowMs)
    this.#watched = book
    return this.#memory(book.book).rate
  }

  /** @param {readonly Book[]} books */
  takeRecent(books) {
    for (const book of books) {
      const upload = this.#uploads.get(book.book)
      if (upload !== undefined) this.#settle(upload, book)
    }
  }

  /** @param {Book} book */
  takeBook(book) {
    const upload = this.#uploads.get(book.book)
    if (upload === undefined) return
    // Without an edition, unchanged content is not recognizable, so any count ends the upload.
    if (upload.edition === undefined) this.#end(upload)
    else this.#settle(upload, book)
  }

  /** @param {number} nowMs */
  takeNothing(nowMs) {
    this.rate.add(0, nowMs)
    for (const { rate } of this.#memories.values()) rate.add(0, nowMs)
  }

  /** @param {Upload} upload */
  takeUpload(upload) {
    const known = this.#uploads.get(upload.book)
    if (known !== undefined && known.id > upload.id) return // a late report of an upload that was replaced
    if (known?.id !== upload.id) {
      const memory = this.#memory(upload.book)
      memory.place = this.#place(Math.max(upload.startedAtMs, this.#latestMs))
      memory.before = this.#books.get(upload.book)?.edition ?? memory.edition
      memory.overdueAtMs = undefined
    }
    this.#uploads.set(upload.book, upload)
    this.#settle(upload, this.#books.get(upload.book))
  }

  /** @param {readonly Failure[]} failures newest first */
  takeFailures(failures) {
    this.#failures = new Map(failures.toReversed().map((failure) => [failure.book, failure]))
    for (const { book, failedAt } of failures.toReversed()) {
      if (!this.#memories.has(book)) this.#memory(book).place = this.#place(Date.parse(failedAt))
    }
  }

  /** @param {string} book */
  dismiss(book) {
    this.#uploads.delete(book)
    this.#failures.delete(book)
  }

  get waiting() {
    return [...this.#uploads.values()].some((upload) => this.#row(upload.book)?.stage === 'waiting')
  }

  /** @param {number} nowMs @param {number} atMost */
  overdue(nowMs, atMost) {
    const names = []
    for (const { name, stage } of this.rows('')) {
      if (stage !== 'waiting') continue
      const memory = this.#memory(name)
      memory.overdueAtMs ??= nowMs + requestEveryMs
      if (nowMs < memory.overdueAtMs || names.length === atMost) continue
      memory.overdueAtMs = nowMs + requestEveryMs
      names.push(name)
    }
    return names
  }

  /**
   * The first page includes uploads and failures.
   * @param {string} search @param {import('./address.js').Order} [order] @param {number} [page] from 1
   */
  rows(search, order = 'newest', page = 1) {
    const wanted = search.toLowerCase()
    const uncounted = page === 1 ? [...this.#uploads.keys(), ...this.#failures.keys()] : []
    const names = new Set([...this.#books.keys(), ...uncounted])
    const rows = [...names]
      .filter((name) => name.toLowerCase().includes(wanted))
      .map((name) => this.#row(name))
      .filter((row) => row !== undefined)
    const byPlace = (/** @type {Row} */ a, /** @type {Row} */ b) =>
      inOrder(this.#memory(a.name).place, this.#memory(b.name).place)
    if (order === 'newest' && page === 1) return rows.sort(byPlace)
    const isCounted = (/** @type {Row} */ { name }) => this.#books.has(name)
    return [...rows.filter((row) => !isCounted(row)).sort(byPlace), ...rows.filter(isCounted)]
  }

  /** @param {string} name @returns {Row | undefined} */
  #row(name) {
    const book = this.#books.get(name)
    const upload = this.#uploads.get(name)
    const updatedAtMs = book?.updatedAt ? Date.parse(book.updatedAt) : null
    const failure = this.#failureOf(name, upload, updatedAtMs)
    const stage = stageOf(book, upload, failure)
    if (stage === undefined) return undefined
    const memory = this.#memory(name)
    return {
      name,
      stage,
      lines: book?.lines ?? null,
      expected: upload?.lines ?? memory.expected,
      sent: upload?.sent ?? 0,
      size: upload?.size ?? 0,
      updatedAtMs,
      reason: failure?.reason ?? upload?.reason ?? '',
      retryAtMs: upload?.retryAtMs ?? 0,
      // A failed ingest is repeatable only while this page has the file.
      isRepeatable: upload?.isRepeatable ?? (upload !== undefined && failure !== undefined),
      upload,
      failure,
      rate: memory.rate,
    }
  }

  /** @param {string} name @param {Upload | undefined} upload @param {number | null} updatedAtMs */
  #failureOf(name, upload, updatedAtMs) {
    const failure = this.#failures.get(name)
    if (failure === undefined) return undefined
    const failedAtMs = Date.parse(failure.failedAt)
    if (updatedAtMs !== null && updatedAtMs > failedAtMs) return undefined
    return upload !== undefined && upload.startedAtMs > failedAtMs ? undefined : failure
  }

  /** @param {Book} book @param {Book | undefined} before @param {number} nowMs */
  #see(book, before, nowMs) {
    const memory = this.#memory(book.book)
    const uploaded = this.#uploads.has(book.book)
    const newEdition = memory.edition !== book.edition
    // An upload already has its position.
    if ((before === undefined || newEdition) && !uploaded)
      memory.place = this.#place(Date.parse(book.updatedAt ?? ''))
    // The growth of a newly listed book is unknown.
    const from = before === undefined && !uploaded ? book.lines : newEdition ? 0 : (memory.lines ?? 0)
    memory.rate.add(book.lines - from, nowMs)
    if (newEdition) memory.expected = null
    memory.edition = book.edition
    memory.lines = book.lines
  }

  /**
   * Ends an upload after a count of its edition or a newer one. @param {Upload} upload @param {Book | undefined} book
   */
  #settle(upload, book) {
    if (upload.state !== 'uploaded') return
    if (book === undefined || book.edition === null) return
    if (book.edition !== upload.edition) {
      const memory = this.#memory(upload.book)
      memory.before ??= upload.edition === undefined ? null : book.edition
      if (book.edition === memory.before) return
    }
    this.#end(upload)
  }

  /** @param {Upload} upload */
  #end(upload) {
    this.#memory(upload.book).expected = upload.lines ?? null
    this.#uploads.delete(upload.book)
  }

  /** @param {number} atMs */
  #place(atMs) {
    this.#latestMs = Math.max(this.#latestMs, atMs || 0)
    return { atMs: atMs || 0, turn: ++this.#turns }
  }

  /** @param {string} name */
  #memory(name) {
    let memory = this.#memories.get(name)
    if (memory === undefined) {
      memory = {
        place: { atMs: 0, turn: 0 },
        rate: new Rate(),
        expected: null,
        edition: null,
        before: null,
        lines: undefined,
        overdueAtMs: undefined,
      }
      this.#memories.set(name, memory)
    }
    return memory
  }
}

/** @param {Place} a @param {Place} b */
function inOrder(a, b) {
  return b.atMs - a.atMs || b.turn - a.turn
}

/**
 * Returns undefined to hide the row.
 * @param {Book | undefined} book @param {Upload | undefined} upload @param {Failure | undefined} failure
 */
function stageOf(book, upload, failure) {
  if (failure !== undefined && (upload === undefined || upload.state === 'uploaded')) return 'failed'
  if (upload !== undefined) {
    if (upload.state !== 'uploaded') return upload.state
    return (upload.lines ?? upload.size) === 0 ? 'empty' : 'waiting'
  }
  if (book === undefined) return undefined
  if (book.complete === null) return 'counted'
  return book.complete ? 'complete' : 'arriving'
}
