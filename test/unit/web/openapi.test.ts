/** Compares web/openapi.json with serverless.yml and with the responses of the handlers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { BookCounts } from '../../../books/book-counts.ts'
import { maxKeyBytes } from '../../../books/book-name.ts'
import { bookStateKey, checkpointKey, encodeBookState, encodeCheckpoint } from '../../../books/book-state.ts'
import { maxPutBytes } from '../../../books/config.ts'
import { orders } from '../../../books/counted-book.ts'
import { readAccess } from '../../../deploy/access.ts'
import { countsRoutes, messageLimits, messageTopics } from '../../../functions/api/counts-api.ts'
import { listingLimits } from '../../../functions/api/listing.ts'
import { BookBucket } from '../../../functions/uploads/book-bucket.ts'
import { uploadsRoutes } from '../../../functions/uploads/uploads-api.ts'
import { readWantedUpload } from '../../../functions/uploads/wanted-upload.ts'
import { AppError } from '../../../lib/errors.ts'
import { type HttpRequest, type Route, serve } from '../../../lib/http.ts'
import { silentLog } from '../../../lib/log.ts'
import { Settings } from '../../../lib/settings.ts'

const document = JSON.parse(readFileSync('web/openapi.json', 'utf8'))
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema(document, 'openapi')

const unset = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'].filter(
  (name) => !process.env[name],
)
for (const name of unset) process.env[name] = 'us-east-1'
after(() => {
  for (const name of unset) delete process.env[name]
})

describe('openapi.json', () => {
  it('has the routes of serverless.yml that respond in JSON, and no others', () => {
    const text = readFileSync('serverless.yml', 'utf8')
    const routes = [...text.matchAll(/httpApi: \{ method: (\w+), path: ['"]?(\/[^'",]*)/g)].map(
      ([, method, path]) => `${method} ${path!.replace('+}', '}')}`,
    )
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(described.sort(), routes.sort())
  })

  it('has the enforced access and limits', () => {
    const text = readFileSync('serverless.yml', 'utf8')
    for (const [path, methods] of Object.entries<Record<string, Described>>(document.paths)) {
      for (const [method, { description, security = document.security, responses }] of Object.entries(
        methods,
      )) {
        const route = `method: ${method.toUpperCase()}, path: ["']?${path.replace('}', '+}').replace(/[{}+]/g, '\\$&')}["']?,`
        const access = new RegExp(`${route} authorizer: .*settings\\.access\\.(\\w+)\\}`).exec(text)?.[1]
        // The first access is the default of a deployed stage.
        assert.deepEqual(security, [{ iam: [] }, { jwt: [] }, {}], `${method} ${path}`)
        assert.deepEqual(readAccess(new Settings({}), false)[access as 'counts' | 'uploads'], {
          type: 'aws_iam',
        })
        const setting = `Access is set by \`${access!.toUpperCase()}_ACCESS\` (default \`iam\`).`
        assert.ok(description?.endsWith(setting), `${method} ${path}`)
        for (const status of ['401', '403', '429'])
          assert.ok(responses[status], `${method} ${path} ${status}`)
      }
    }
    const parameter = (path: string, name: string) =>
      document.paths[path].get.parameters.find((one: { name?: string }) => one.name === name).schema
    const rangeOf = ({ default: preset, minimum: min, maximum: max }: Record<string, number>) => ({
      preset,
      min,
      max,
    })
    assert.deepEqual(rangeOf(parameter('/counts', 'limit')), listingLimits.limit)
    assert.deepEqual(rangeOf(parameter('/counts', 'skip')), listingLimits.skip)
    assert.deepEqual(parameter('/counts', 'order').enum, Object.keys(orders))
    assert.deepEqual(rangeOf(parameter('/messages', 'limit')), messageLimits)
    assert.deepEqual(parameter('/messages', 'topic').enum, messageTopics)
    const { book, size, type } = document.components.schemas.WantedUpload.properties
    assert.equal(book.maxLength, maxKeyBytes)
    assert.equal(size.maximum, maxPutBytes)
    for (const given of [
      'text/plain',
      ' Text/CSV; charset=utf-8',
      'application/x-gzip',
      'image/png',
      'text/',
      '',
    ]) {
      const wanted = { body: JSON.stringify({ book: 'a', size: 1, type: given }), routeKey: '', headers: {} }
      assert.equal(new RegExp(type.pattern).test(given), isAccepted(wanted), given)
    }
    const [, rate, burst] = /ThrottlingRateLimit: (\d+), ThrottlingBurstLimit: (\d+)/.exec(text)!
    assert.ok(document.info.description.includes(`${rate} requests per second and bursts of ${burst}`))
  })

  it('describes the responses for counts', async () => {
    for (const query of [{}, { order: 'newest', limit: '1' }, { search: 'none' }]) {
      await responds('GET /counts', 200, { queryStringParameters: query })
    }
    await responds('GET /counts', 400, { queryStringParameters: { limit: 'x' } })
    await responds('GET /counts/{book+}', 200, { pathParameters: { book: 'a/b.txt' } })
    await responds('GET /counts/{book+}', 200, { pathParameters: { book: 'foreign' } })
    await responds('GET /counts/{book+}', 404, { pathParameters: { book: 'none' } })
    for (const topic of ['books', 'book-count']) {
      await responds('GET /messages', 200, { queryStringParameters: { book: 'a/b.txt', topic } })
    }
    await responds('GET /messages', 400, { queryStringParameters: { book: 'a/b.txt', limit: '51' } })
    await responds('GET /messages', 404, { queryStringParameters: {} })
    await responds('GET /health', 200)
    await responds('GET /failures', 200)
  })

  it('describes the responses while Kafka is unreachable, and to a client with the current tag', async () => {
    unreachable = true
    for (const route of ['GET /counts', 'GET /counts/{book+}', 'GET /messages', 'GET /health'])
      await responds(route, 503)
    unreachable = false
    await responds('GET /counts', 304, { headers: { 'if-none-match': '*' } })
  })

  it('describes the responses for uploads', async () => {
    const upload = { book: 'a.txt', size: 5, type: 'text/plain' }
    await responds('POST /uploads', 201, { body: JSON.stringify(upload) })
    await responds('POST /uploads', 400, { body: '{}' })
    await responds('POST /uploads', 413, { body: JSON.stringify({ ...upload, size: 1e12 }) })
    await responds('GET /downloads', 200, { queryStringParameters: { book: 'a.txt' } })
    await responds('GET /downloads', 400, { queryStringParameters: { book: '' } })
    await responds('DELETE /books', 204, { queryStringParameters: { book: 'a.txt' } })
    await responds('DELETE /books', 400)
    await responds('POST /uploads', 415, { body: JSON.stringify({ ...upload, type: 'image/png' }) })
  })
})

type Described = {
  readonly description?: string
  readonly security?: readonly Record<string, unknown>[]
  readonly responses: Readonly<Record<string, unknown>>
}

function isAccepted(request: HttpRequest): boolean {
  try {
    readWantedUpload(request, maxPutBytes)
    return true
  } catch {
    return false
  }
}

let unreachable = false

const routes: Readonly<Record<string, Route>> = {
  ...countsRoutes({
    counts: async () => {
      if (unreachable) throw new AppError('KAFKA_UNAVAILABLE', 'Kafka is unreachable.', { retryable: true })
      return someCounts()
    },
    logEnds: async () => [7, 0],
    failedBooks: async () => [
      { id: 'x.json', book: 'a', reason: 'It is no text.', failedAt: '2026-01-01T00:00:00.000Z' },
    ],
    messages: async () => [
      { offset: 7, timestampMs: 1_700_000_000_000, text: 'Call me Ishmael.', bytes: 16, line: 1 },
      { offset: 6, timestampMs: -1, text: null, bytes: 0, line: null },
    ],
  }),
  ...uploadsRoutes(
    Object.assign(new BookBucket({ uploadEndpoint: new URL('http://127.0.0.1:9000'), bucket: 'books' }), {
      remove: async () => undefined,
    }),
    1e9,
  ),
}

/** A complete book, a book of another producer, and a partition that is counted again. */
function someCounts(): BookCounts {
  const counts = new BookCounts(2)
  const put = (partition: number, key: Buffer, value: Buffer) =>
    counts.apply(partition, { key, value, timestamp: 1_700_000_000_000 })
  const ours = encodeBookState({ lines: 5, edition: 'abcdefgh', number: 5, complete: true })
  put(0, bookStateKey(Buffer.from('a/b.txt')), ours)
  const foreign = encodeBookState({ lines: 2, edition: '', number: 0, complete: false })
  put(0, bookStateKey(Buffer.from('foreign')), foreign)
  const ids = { booksTopicId: 'x', countTopicId: 'x', partitions: 2 }
  put(0, checkpointKey, encodeCheckpoint({ next: 3, ...ids, books: 2, lines: 7, rebuildUntil: 7 }))
  return counts
}

/** Sends the request, and compares the response with the document. */
async function responds(routeKey: string, status: number, request: Partial<HttpRequest> = {}): Promise<void> {
  const response = await serve(routes, { routeKey, headers: {}, ...request }, silentLog)
  assert.equal(response.statusCode, status, response.body)
  const [method = '', path = ''] = routeKey.replace('+}', '}').split(' ')
  const named = document.paths[path][method.toLowerCase()].responses[status]
  const described = named?.$ref ? document.components.responses[named.$ref.split('/').at(-1)] : named
  assert.ok(described, `${routeKey} ${status} is not described`)
  const schema = described.content?.['application/json'].schema
  if (schema === undefined) return assert.equal(response.body, '')
  const validate = ajv.compile({ $ref: `openapi${schema.$ref}` })
  assert.ok(validate(JSON.parse(response.body)), ajv.errorsText(validate.errors))
}
