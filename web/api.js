/** Client of the API in openapi.json. */
import { storage } from './storage.js'

const tokenName = 'api-token'
/** API Gateway responds within 30 s. */
const timeoutMs = 35_000

let aheadMs = 0

/** Returns the server's time, at most a second too early, because this machine's clock can be wrong. */
export function serverTime() {
  return Date.now() - aheadMs
}

export class ApiError extends Error {
  /** @param {number} status 0 means no response @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** @param {string} token a JWT, kept for this tab */
export function signIn(token) {
  storage('sessionStorage').setItem(tokenName, token)
}

/**
 * Reads resources with `If-None-Match`, so the server sends a body only after a change.
 * @template T
 */
export class Watched {
  #last = { path: '', etag: '' }

  /**
   * @param {string} path
   * @returns {Promise<T | undefined>} undefined if the server reports no change
   * @throws {ApiError}
   */
  async get(path) {
    const { path: lastPath, etag } = this.#last
    const response = await send(path, path === lastPath ? { headers: { 'if-none-match': etag } } : {})
    if (response.status === 304) {
      await response.arrayBuffer() // a response that is not read to its end is cancelled
      return undefined
    }
    const value = await bodyOf(response)
    this.#last = { path, etag: response.headers.get('etag') ?? '' }
    return value
  }

  forget() {
    this.#last = { path: '', etag: '' }
  }
}

/**
 * @typedef {'books' | 'book-count'} MessageTopic
 * @typedef {{
 *   partition: number, offset: number, timestamp: string | null, line: number | null, text: string | null, bytes: number
 * }} Message
 */

/**
 * @param {{ book: string, size: number, type: string }} wanted @param {AbortSignal} signal
 * @returns {Promise<{ url: string, headers: Record<string, string> }>}
 * @throws {ApiError}
 */
export async function permitUpload(wanted, signal) {
  const body = JSON.stringify(wanted)
  const headers = { 'content-type': 'application/json' }
  const response = await sendPermitted('uploads', { method: 'POST', headers, body, signal }, 'upload')
  return bodyOf(response)
}

/** @param {string} book @throws {ApiError} */
export async function permitDownload(book) {
  const response = await sendPermitted(`downloads?${new URLSearchParams({ book })}`, {}, 'download')
  return /** @type {{ url: string }} */ (await bodyOf(response)).url
}

/** @param {string} book @throws {ApiError} */
export async function removeBook(book) {
  await sendPermitted(`books?${new URLSearchParams({ book })}`, { method: 'DELETE' }, 'remove books')
}

/** Returns the latest first. @param {string} book @param {MessageTopic} topic @throws {ApiError} */
export async function findMessages(book, topic) {
  const path = `messages?${new URLSearchParams({ book, topic, limit: '10' })}`
  const response = await sendPermitted(path, {}, 'read messages')
  return /** @type {{ messages: Message[] }} */ (await bodyOf(response)).messages
}

/**
 * Searches by prefix, because API Gateway does not route every name in a path.
 * @param {string} name @throws {ApiError}
 */
export async function findBook(name) {
  const response = await send(`counts?${new URLSearchParams({ prefix: name, limit: '1' })}`, {})
  const { books } = /** @type {{ books: import('./shelf.js').Book[] }} */ (await bodyOf(response))
  return books.find(({ book }) => book === name)
}

/** @param {string} path @param {RequestInit} request @param {string} action */
async function sendPermitted(path, request, action) {
  try {
    return await send(path, request)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) error.message = 'Sign in, then try again.'
    if (error instanceof ApiError && error.status === 403) {
      error.message = `You do not have permission to ${action}.`
    }
    throw error
  }
}

/** @param {string} path @param {RequestInit} request */
async function send(path, request) {
  const token = storage('sessionStorage').getItem(tokenName)
  const headers = { ...request.headers, ...(token && { authorization: `Bearer ${token}` }) }
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
  // `Watched` compares ETags itself, so requests bypass the browser's cache.
  const response = await fetch(path, { ...request, headers, signal, cache: 'no-store' }).catch(() => {
    throw new ApiError(0, 'The API does not respond.')
  })
  const date = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(date)) aheadMs = Date.now() - date
  if (response.ok || response.status === 304) return response
  const problem = await response.json().catch(() => ({}))
  throw new ApiError(response.status, problem.message ?? `The API responded with status ${response.status}.`)
}

/** Fails when a proxy responds, or the connection ends within the body. @param {Response} response */
function bodyOf(response) {
  return response.json().catch(() => {
    throw new ApiError(0, 'The response is not from the API, or is incomplete.')
  })
}
