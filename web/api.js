/** The HTTP API that openapi.json describes, relative to this page. */

const tokenName = 'api-token'

/** An answer that is not a success, or none. */
export class ApiError extends Error {
  /** @param {number} status 0: no answer @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** A token for an API that wants one (a JWT), kept as long as this tab. @param {string} token */
export function signIn(token) {
  sessionStorage.setItem(tokenName, token)
}

/**
 * A resource that is asked for again and again, and sent again only when it is another.
 * @template T
 */
export class Watched {
  /** @type {Map<string, { etag: string, value: T }>} */
  #last = new Map()

  /**
   * @param {string} path
   * @returns {Promise<T | undefined>} undefined: the same as before
   * @throws {ApiError}
   */
  async get(path) {
    const last = this.#last.get(path)
    const response = await ask(path, last ? { headers: { 'if-none-match': last.etag } } : {})
    if (response.status === 304) return undefined
    const value = await response.json()
    this.#last.clear()
    this.#last.set(path, { etag: response.headers.get('etag') ?? '', value })
    return value
  }

  /** The next answer is taken for another, whatever it is. */
  forget() {
    this.#last.clear()
  }
}

/**
 * Leave to put a book into the bucket.
 * @param {{ book: string, size: number, type: string }} wanted @param {AbortSignal} signal
 * @returns {Promise<{ url: string, headers: Record<string, string> }>}
 * @throws {ApiError}
 */
export async function permitUpload(wanted, signal) {
  const body = JSON.stringify(wanted)
  const headers = { 'content-type': 'application/json' }
  try {
    return await (await ask('uploads', { method: 'POST', headers, body, signal })).json()
  } catch (error) {
    // A gateway's own words for these say nothing of what to do.
    if (error instanceof ApiError && error.status === 401) error.message = 'Sign in, then add it again.'
    if (error instanceof ApiError && error.status === 403) error.message = 'Here you may not upload.'
    throw error
  }
}

/**
 * @param {string} name @returns {Promise<import('./shelf.js').Book | undefined>} undefined: no line of it is counted
 * @throws {ApiError}
 */
export async function findBook(name) {
  const path = name.split('/').map(encodeURIComponent).join('/')
  try {
    return await (await ask(`counts/${path}`, {})).json()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** @param {string} path @param {RequestInit} request */
async function ask(path, request) {
  const token = sessionStorage.getItem(tokenName)
  const headers = { ...request.headers, ...(token && { authorization: `Bearer ${token}` }) }
  // The tag is compared here, so the browser's own cache must not answer.
  const response = await fetch(path, { ...request, headers, cache: 'no-store' }).catch(() => {
    throw new ApiError(0, 'The API does not answer.')
  })
  if (response.ok || response.status === 304) return response
  const problem = await response.json().catch(() => ({}))
  throw new ApiError(response.status, problem.message ?? `The API answered ${response.status}.`)
}
