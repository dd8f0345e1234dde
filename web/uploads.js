/** Puts files into the bucket, a few at a time, and says how each of them gets on. */
import { ApiError, permitUpload } from './api.js'
import { editionOf } from './edition.js'
import { countLines } from './file-lines.js'

/**
 * @typedef {import('./dropped-files.js').NamedFile} NamedFile
 * @typedef {import('./shelf.js').Upload} Upload
 */

const atOnce = 4
/** A gateway that is asked too often, and a network that is gone for a moment, are tried again. */
const attempts = 4

let ids = 0

export class Uploads {
  /** @type {{ file: File, upload: Upload }[]} */
  #queue = []
  /** @type {Map<string, { id: number, stop: AbortController }>} */
  #running = new Map()
  #onChange

  /** @param {(upload: Upload) => void} onChange with a new object each time */
  constructor(onChange) {
    this.#onChange = onChange
  }

  /** @param {readonly NamedFile[]} files */
  add(files) {
    for (const { book } of files) this.cancel(book)
    const added = files.map((named) => ({ file: named.file, upload: queued(named) }))
    this.#queue.push(...added.filter(({ upload }) => upload.state === 'queued'))
    // What is told last is shown first, and the first file is to be.
    for (const { upload } of added.toReversed()) this.#onChange(upload)
    this.#fill()
  }

  /** Ends an upload that waits or runs. @param {string} book */
  cancel(book) {
    this.#running.get(book)?.stop.abort()
    const waiting = this.#queue.find(({ upload }) => upload.book === book)
    if (waiting === undefined) return
    this.#queue.splice(this.#queue.indexOf(waiting), 1)
    this.#onChange({ ...waiting.upload, state: 'cancelled' })
  }

  cancelAll() {
    for (const { upload } of [...this.#queue]) this.cancel(upload.book)
    for (const { stop } of this.#running.values()) stop.abort()
  }

  #fill() {
    while (this.#running.size < atOnce) {
      // A book that is replaced while it is sent waits until that has ended.
      const next = this.#queue.findIndex(({ upload }) => !this.#running.has(upload.book))
      if (next < 0) return
      const [{ file, upload }] = /** @type {[{ file: File, upload: Upload }]} */ (this.#queue.splice(next, 1))
      const stop = new AbortController()
      this.#running.set(upload.book, { id: upload.id, stop })
      this.#send(file, upload, stop.signal).finally(() => {
        this.#running.delete(upload.book)
        this.#fill()
      })
    }
  }

  /** Never rejects. @param {File} file @param {Upload} upload @param {AbortSignal} signal */
  async #send(file, upload, signal) {
    let now = upload
    const say = (/** @type {Partial<Upload>} */ news) => {
      now = { ...now, ...news }
      this.#onChange(now)
    }
    say({ state: 'uploading' })
    const counting = countLines(file).then((lines) => lines !== undefined && { lines })
    try {
      const edition = await repeated(() => put(file, now.book, (sent) => say({ sent }), signal), signal)
      say({ state: 'uploaded', sent: file.size, ...(edition && { edition }), ...(await counting) })
    } catch (error) {
      if (signal.aborted) say({ state: 'cancelled' })
      else say({ state: 'failed', ...failureOf(error) })
    }
  }
}

/** @param {NamedFile} named @returns {Upload} */
function queued({ file, book, problem }) {
  const upload = { id: ++ids, book, size: file.size, sent: 0, startedAtMs: Date.now() }
  return problem === undefined
    ? { ...upload, state: 'queued' }
    : { ...upload, state: 'failed', reason: problem }
}

/**
 * @param {File} file @param {string} book @param {(sent: number) => void} onSent @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} the edition of what was stored
 */
async function put(file, book, onSent, signal) {
  const { url, headers } = await permitUpload({ book, size: file.size, type: contentType(file) }, signal)
  const request = new XMLHttpRequest() // fetch says nothing of how far an upload is
  signal.addEventListener('abort', () => request.abort())
  signal.throwIfAborted()
  request.upload.onprogress = ({ loaded }) => onSent(loaded)
  request.open('PUT', url)
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
  await new Promise((resolve) => {
    request.onloadend = resolve
    request.send(file)
  })
  signal.throwIfAborted()
  if (request.status === 0) {
    await refuseUnreadable(file)
    throw new ApiError(0, 'The bucket does not answer.')
  }
  if (request.status !== 200) throw new ApiError(request.status, refusal(request))
  return editionOf(request.getResponseHeader('etag'))
}

/** @param {unknown} error @returns {Partial<Upload>} */
function failureOf(error) {
  const isSignedOut = error instanceof ApiError && error.status === 401
  return { reason: error instanceof Error ? error.message : String(error), isSignedOut }
}

/** A file that was changed or removed since it was chosen has no bytes any more. @param {File} file */
async function refuseUnreadable(file) {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new Error('The file was changed or removed meanwhile: add it again.')
    })
}

/** @template T @param {() => Promise<T>} attempt @param {AbortSignal} signal */
async function repeated(attempt, signal) {
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      const again = error instanceof ApiError && [0, 429, 500, 502, 503, 504].includes(error.status)
      if (!again || n === attempts || signal.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** n))
      signal.throwIfAborted()
    }
  }
}

/** S3's own words. @param {XMLHttpRequest} request */
function refusal({ responseText, status }) {
  const message = /<Message>([^<]*)<\/Message>/.exec(responseText)?.[1]
  const text = message?.replace(/&(quot|apos|lt|gt|amp|#34|#39);/g, (entity) => entities[entity] ?? entity)
  return `The bucket refused it: ${text ?? `status ${status}`}`
}

/** @type {Record<string, string>} */
const entities = {
  '&quot;': '"',
  '&apos;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&#34;': '"',
  '&#39;': "'",
}

/** Browsers go by the end of the name, and know no type for many texts. @param {File} file */
function contentType({ name, type }) {
  if (name.endsWith('.gz')) return 'application/gzip'
  return type === '' || /(json|xml|yaml|javascript|ndjson|x-sh|x-tex|sql|rtf)$/.test(type)
    ? 'text/plain'
    : type
}
