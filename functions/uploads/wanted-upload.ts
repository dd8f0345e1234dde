import { maxKeyBytes } from '../../books/book-name.ts'
import { AppError } from '../../lib/errors.ts'
import { type HttpRequest, invalidRequest } from '../../lib/http.ts'
import { isObject, isWholeNumber, parsedJson } from '../../lib/json.ts'

export type WantedUpload = {
  readonly book: string
  readonly size: number
  /** The media type without parameters, in lower case. */
  readonly type: string
}

/** Ingest checks the content. */
const acceptedTypes = /^(text\/[a-z0-9.+-]+|application\/(x-)?gzip)$/

/** @throws REQUEST_INVALID, UPLOAD_TOO_LARGE, UPLOAD_TYPE_REFUSED */
export function readWantedUpload(request: HttpRequest, maxBytes: number): WantedUpload {
  const { book, size, type } = parsed(request)
  if (typeof book !== 'string') throw invalidRequest('"book" must be a name')
  const problem = nameProblem(book)
  if (problem !== undefined) throw invalidRequest(`a book's name ${problem}`)
  if (!isWholeNumber(size)) throw invalidRequest('"size" must be a number of bytes')
  if (size > maxBytes) {
    throw new AppError(
      'UPLOAD_TOO_LARGE',
      `"${book}" has ${size} bytes, more than the limit of ${maxBytes}. Compress it, or upload it in parts with an S3 client.`,
    )
  }
  const mediaType = typeof type === 'string' ? type.split(';')[0]!.trim().toLowerCase() : ''
  if (!acceptedTypes.test(mediaType)) {
    throw new AppError(
      'UPLOAD_TYPE_REFUSED',
      `"${book}" has ${mediaType === '' ? 'an unknown type' : `the type ${mediaType}`}. Upload a text file, plain or compressed with gzip.`,
    )
  }
  return { book, size, type: mediaType }
}

function parsed({ body, isBase64Encoded }: HttpRequest): Readonly<Record<string, unknown>> {
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '')
  const value = parsedJson(text)
  if (isObject(value)) return value
  throw invalidRequest('the body must be JSON such as {"book":"a.txt","size":42,"type":"text/plain"}')
}

/** Rejects names that S3 or a URL would change. */
export function nameProblem(book: string): string | undefined {
  if (book === '') return 'must not be empty'
  if (Buffer.from(book).toString() !== book) return 'must be Unicode text'
  if (Buffer.byteLength(book) > maxKeyBytes) return `must have at most ${maxKeyBytes} bytes of UTF-8`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
  if (/[\u0000-\u001f\u007f]/.test(book)) return 'must not have control characters'
  if (book.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'must not have an empty part, "." or ".." between slashes'
  }
  return undefined
}
