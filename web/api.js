/** The HTTP API that openapi.json describes, relative to this page. */

const tokenName = 'api-token'

/** An error response, or no response. */
export class ApiError extends Error {
  /** @param {number} status 0: no response @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Sets the access token (a JWT) of all requests, until the tab is closed. @param {string} token */
export function signIn(token) {
  sessionStorage.setItem(tokenName, token)
}

/**
 * A resource that is requested repeatedly, and transferred only when it has changed.
 * @template T
 */
export class Watched {
  /** @type {Map<string, { etag: string, value: T }>} */
  #last = new Map()

  /**
   * @param {string} path
   * @returns {Promise<T | undefined>} undefined: not modified
   * @throws {ApiError}
   */
  async get(path) {
    const last = this.#last.get(path)
    const response = await ask(path, last ? { headers: { 'if-none-match': last.etag } } : {})
    if (response.status === 304) {
      await response.arrayBuffer() // a response that is not read to its end is cancelled
      return undefined
    }
    const value = await response.json()
    this.#last.clear()
    this.#last.set(path, { etag: response.headers.get('etag') ?? '', value })
    return value
  }

  /** Makes the next response count as a change. */
  forget() {
    this.#last.clear()
  }
}

/**
 * Requests a presigned URL for one upload.
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
    // The gateway's own messages for these do not say what to do.
    if (error instanceof ApiError && error.status === 401) error.message = 'Sign in, then try again.'
    if (error instanceof ApiError && error.status === 403) {
      error.message = 'You do not have permission to upload.'
    }
    throw error
  }
}

/**
 * @param {string} name @returns {Promise<import('./shelf.js').Book | undefined>} undefined: the book has no count
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
  // The tag is compared here, so the browser's own cache must not be used.
  const response = await fetch(path, { ...request, headers, cache: 'no-store' }).catch(() => {
    throw new ApiError(0, 'The API does not respond.')
  })
  if (response.ok || response.status === 304) return response
  const problem = await response.json().catch(() => ({}))
  throw new ApiError(response.status, problem.message ?? `The API responded with status ${response.status}.`)
}
