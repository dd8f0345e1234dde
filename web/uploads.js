import { ApiError, serverTime } from './api.js'
import { countLines } from './file-lines.js'
import { putFile } from './put-file.js'
import { withRetries } from './retries.js'

/**
 * @typedef {import('./dropped-files.js').NamedFile} NamedFile
 * @typedef {import('./shelf.js').Upload} Upload
 * @typedef {{ stop: AbortController, endPause: () => void }} Running
 */

const atOnce = 4
/** HTTP statuses. */
const permanent = [400, 413, 415]

let ids = 0

export class Uploads {
  /** @type {{ named: NamedFile, upload: Upload }[]} */
  #queue = []
  /** @type {Map<string, Running>} */
  #running = new Map()
  /** @type {Map<string, NamedFile>} */
  #added = new Map()
  #onChange

  /** @param {(upload: Upload) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange
  }

  /** @param {readonly NamedFile[]} files */
  add(files) {
    for (const { book } of files) this.cancel(book)
    const added = files.map((named) => ({ named, upload: queued(named) }))
    for (const named of files) this.#added.set(named.book, named)
    this.#queue = [...this.#queue, ...added.filter(({ upload }) => upload.state === 'queued')]
    // The list shows the latest first.
    for (const { upload } of added.toReversed()) this.#onChange(upload)
    this.#fill()
  }

  /** @param {readonly string[]} books */
  repeat(books) {
    this.add(books.map((book) => this.#added.get(book)).filter((named) => named !== undefined))
  }

  /** @param {string} book */
  retryNow(book) {
    this.#running.get(book)?.endPause()
  }

  /** @param {string} book */
  cancel(book) {
    this.#running.get(book)?.stop.abort()
    const waiting = this.#queue.find(({ upload }) => upload.book === book)
    if (waiting === undefined) return
    this.#queue.splice(this.#queue.indexOf(waiting), 1)
    this.#onChange({ ...waiting.upload, state: 'cancelled', isRepeatable: true })
  }

  cancelAll() {
    for (const { upload } of [...this.#queue]) this.cancel(upload.book)
    for (const { stop } of this.#running.values()) stop.abort()
  }

  get areUnderWay() {
    return this.#queue.length + this.#running.size > 0
  }

  #fill() {
    while (this.#running.size < atOnce) {
      // One upload per book at a time.
      const next = this.#queue.findIndex(({ upload }) => !this.#running.has(upload.book))
      if (next < 0) return
      const [{ named, upload }] = /** @type {[{ named: NamedFile, upload: Upload }]} */ (
        this.#queue.splice(next, 1)
      )
      const running = { stop: new AbortController(), endPause: () => undefined }
      this.#running.set(upload.book, running)
      this.#send(named, upload, running).finally(() => {
        this.#running.delete(upload.book)
        this.#fill()
      })
    }
  }

  /** Never rejects. @param {NamedFile} named @param {Upload} upload @param {Running} running */
  async #send({ file, key }, upload, running) {
    const { signal } = running.stop
    let now = upload
    const report = (/** @type {Partial<Upload>} */ change) => {
      now = { ...now, ...change }
      this.#onChange(now)
    }
    const counting = countLines(file).then((lines) => lines !== undefined && { lines })
    const attempt = () => {
      report({ state: 'uploading', sent: 0 })
      return putFile(file, key, (sent) => report({ sent }), signal)
    }
    try {
      const edition = await withRetries(attempt, signal, ({ error, untilMs, end }) => {
        running.endPause = end
        report({ state: 'retrying', reason: error.message, retryAtMs: untilMs })
      })
      report({ state: 'uploaded', sent: file.size, ...(edition && { edition }), ...(await counting) })
    } catch (error) {
      if (signal.aborted) report({ state: 'cancelled', isRepeatable: true })
      else report({ state: 'failed', ...failureOf(error) })
    }
  }
}

/** @param {NamedFile} named @returns {Upload} */
function queued({ file, book, problem }) {
  const upload = { id: ++ids, book, size: file.size, sent: 0, startedAtMs: serverTime() }
  return problem === undefined
    ? { ...upload, state: 'queued' }
    : { ...upload, state: 'failed', reason: problem }
}

/** @param {unknown} error @returns {Partial<Upload>} */
function failureOf(error) {
  const reason = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ApiError)) return { reason, isRepeatable: false }
  return { reason, isRepeatable: !permanent.includes(error.status), isSignedOut: error.status === 401 }
}
