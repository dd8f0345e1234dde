import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { SignedApi } from './signed-api.ts'

export type SigningProxy = { readonly port: number; close(): Promise<void> }

const requestHeaders = ['accept', 'accept-encoding', 'content-type', 'if-none-match']
const responseHeaders = [
  'cache-control',
  'content-security-policy',
  'content-type',
  'etag',
  'x-content-type-options',
]

/**
 * Signs and forwards requests on 127.0.0.1. Rejects a foreign `Host`, to prevent DNS rebinding. The same-origin policy
 * protects responses.
 * @throws PORT_IN_USE
 */
export async function signingProxy(api: Pick<SignedApi, 'send'>, port: number): Promise<SigningProxy> {
  const server = createServer((request, response) => {
    void forward(api, request, response).catch((error: unknown) => {
      const body = JSON.stringify({ message: messageOf(error) }) // the page shows it
      response.writeHead(502, { 'content-type': 'application/json' }).end(body)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: unknown) => {
    const message = `Port ${port} cannot be used: ${messageOf(cause)}. Choose another with --port.`
    throw new AppError('PORT_IN_USE', message, { cause })
  })
  const address = server.address() as { readonly port: number }
  return {
    port: address.port,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function forward(
  api: Pick<SignedApi, 'send'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url: path = '/', headers } = request
  const isForeign = !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')
  if (isForeign || (headers['sec-fetch-site'] ?? 'same-origin') === 'cross-site') {
    response.writeHead(403).end()
    return
  }
  const body = method === 'GET' || method === 'HEAD' ? undefined : new Uint8Array(await buffer(request))
  const upstream = await api.send({
    method,
    path,
    headers: pickHeaders(headers, requestHeaders),
    ...(body && { body }),
  })
  const bytes = Buffer.from(await upstream.arrayBuffer())
  response
    .writeHead(upstream.status, pickHeaders(Object.fromEntries(upstream.headers), responseHeaders))
    .end(bytes)
}

function pickHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
