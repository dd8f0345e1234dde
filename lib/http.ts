/**
 * Answers of an HTTP API, payload format 2.0 (Amazon API Gateway developer guide, page
 * `http-api-develop-integrations-lambda`): JSON, problems as JSON, entity tags, and compression, which an HTTP API does
 * not do for us.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { AppError, type ErrorCode } from './errors.ts'
import type { Log } from './log.ts'

/** As much of the event as is looked at; header names are in lower case. */
export type HttpRequest = Pick<APIGatewayProxyEventV2, 'routeKey' | 'headers'> &
  Partial<Pick<APIGatewayProxyEventV2, 'pathParameters' | 'body' | 'isBase64Encoded'>> & {
    /** A repeated parameter is one value, separated by commas. Locally null when there are none. */
    readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null
  }

export type HttpResponse = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded?: boolean
}

export type Route = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse

/** Nothing of an answer is to be run, framed, sniffed or remembered unasked. */
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

/** A success without a body. */
export const noContent: HttpResponse = { statusCode: 204, headers: { 'cache-control': 'no-cache' }, body: '' }

/**
 * Answers a request by its route, such as `GET /counts/{book+}`. What fails with an `AppError` is answered as
 * `{ code, message }`, and logged if it is our fault or the cluster's; anything else is thrown, and is Lambda's error.
 */
export async function serve(
  routes: Readonly<Record<string, Route>>,
  request: HttpRequest,
  log: Log,
): Promise<HttpResponse> {
  try {
    const route = routes[request.routeKey]
    if (route === undefined) throw new AppError('NOT_FOUND', `There is nothing at ${request.routeKey}.`)
    return tailored(request, await route(request))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const status = statusOf(error)
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

function statusOf({ code, retryable }: AppError): number {
  return statusByCode[code] ?? (retryable ? 503 : 500)
}

/** With an entity tag, weak since it is for compressed and plain alike; as 304 if the client has it already (RFC 9110, 13.1.2); compressed if the client can read that. */
function tailored({ headers: asked }: HttpRequest, response: HttpResponse): HttpResponse {
  if (response.statusCode !== 200) return response
  const etag = `W/"${createHash('sha256').update(response.body).digest('base64url').slice(0, 22)}"`
  const headers = { ...response.headers, etag, vary: 'accept-encoding' }
  if (hasTag(asked['if-none-match'], etag)) return { statusCode: 304, headers, body: '' }
  const zip = !response.isBase64Encoded && response.body.length >= worthCompressing
  if (!zip || !/\bgzip\b/.test(asked['accept-encoding'] ?? '')) return { ...response, headers }
  return {
    statusCode: 200,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: gzipSync(response.body, { level: 4 }).toString('base64'),
    isBase64Encoded: true,
  }
}

function hasTag(field: string | undefined, etag: string): boolean {
  const tags = field?.split(',').map((tag) => tag.trim()) ?? []
  return tags.includes(etag) || tags.includes('*')
}
