import { bookKey } from '../../books/book-name.ts'
import { type HttpRequest, invalidRequest, json, noContent, type Route } from '../../lib/http.ts'
import type { BookBucket } from './book-bucket.ts'
import { nameProblem, readWantedUpload } from './wanted-upload.ts'

/** openapi.json describes these routes. */
export function uploadsRoutes(
  bucket: Pick<BookBucket, 'presignGet' | 'presignPut' | 'remove'>,
  maxBytes: number,
): Readonly<Record<string, Route>> {
  return {
    'POST /uploads': async (request) =>
      json(201, await bucket.presignPut(readWantedUpload(request, maxBytes))),

    'GET /downloads': async (request) => json(200, await bucket.presignGet(readObjectKey(request))),

    'DELETE /books': async (request) => {
      await bucket.remove(readObjectKey(request))
      return noContent
    },
  }
}

/** @throws REQUEST_INVALID */
function readObjectKey({ queryStringParameters }: HttpRequest): string {
  const key = bookKey(queryStringParameters?.book ?? '').toString()
  const problem = nameProblem(key)
  if (problem !== undefined) throw invalidRequest(`the name of a book ${problem}`)
  return key
}
