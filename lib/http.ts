/**
 * Responses of an HTTP API, payload format 2.0 (Amazon API Gateway developer guide, page
 * `http-api-develop-integrations-lambda`), with entity tags and compression.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { AppError, type ErrorCode } from './errors.ts'
import { createLog, type Log } from './log.ts'

/** Header names are in lower case. */
export type HttpRequest = Pick<APIGatewayProxyEventV2, 'routeKey' | 'headers'> &
  Partial<Pick<APIGatewayProxyEventV2, 'pathParameters' | 'body' | 'isBase64Encoded'>> & {
    /** serverless-offline sends null if the URL has no query. */
    readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null
  }

export type HttpResponse = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded?: boolean
}

export type Route = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse

const jsonHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

const worthCompressing = 1_024

export function json(statusCode: number, value: unknown): HttpResponse {
  return { statusCode, headers: jsonHeaders, body: JSON.stringify(value) }
}

/** @param why without a full stop */
export function invalidRequest(why: string): AppError {
  return new AppError('REQUEST_INVALID', `Invalid request: ${why}. See /openapi.json.`)
}

export const noContent: HttpResponse = { statusCode: 204, headers: { 'cache-control': 'no-cache' }, body: '' }

/** @param name of the function, in its log */
export function httpHandler(
  name: string,
  routes: Readonly<Record<string, Route>>,
): (request: HttpRequest) => Promise<HttpResponse> {
  const log = createLog(name)
  return (request) => serve(routes, request, log)
}

/** Routes requests such as `GET /counts/{book+}`. Returns an `AppError` as JSON; rethrows other errors. */
export async function serve(
  routes: Readonly<Record<string, Route>>,
  request: HttpRequest,
  log: Log,
): Promise<HttpResponse> {
  try {
    const route = routes[request.routeKey]
    if (route === undefined) throw new AppError('NOT_FOUND', `There is no route ${request.routeKey}.`)
    return withETagAndCompression(request, await route(request))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const status = statusByCode[error.code] ?? (error.retryable ? 503 : 500)
    if (status >= 500) log.error('Request failed', { route: request.routeKey, code: error.code, error })
    return json(status, { code: error.code, message: error.message })
  }
}

const statusByCode: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  NOT_FOUND: 404,
  UPLOAD_TOO_LARGE: 413,
  UPLOAD_TYPE_REFUSED: 415,
}

/** Adds a weak entity tag (one for plain and compressed bodies), status 304 (RFC 9110, 13.1.2) and gzip. */
function withETagAndCompression({ headers: requested }: HttpRequest, response: HttpResponse): HttpResponse {
  if (response.statusCode !== 200) return response
  const etag = `W/"${createHash('sha256').update(response.body).digest('base64url').slice(0, 22)}"`
  const headers = { ...response.headers, etag, vary: 'accept-encoding' }
  if (hasTag(requested['if-none-match'], etag)) return { statusCode: 304, headers, body: '' }
  const acceptsGzip = /\bgzip\b/.test(requested['accept-encoding'] ?? '')
  if (!acceptsGzip || response.body.length < worthCompressing) return { ...response, headers }
  return {
    statusCode: 200,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: gzipSync(response.body, { level: 1 }).toString('base64'),
    isBase64Encoded: true,
  }
}

function hasTag(field: string | undefined, etag: string): boolean {
  const tags = field?.split(',').map((tag) => tag.trim()) ?? []
  return tags.includes(etag) || tags.includes('*')
}
