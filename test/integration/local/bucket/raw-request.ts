import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type RawAnswer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Sends a request that no SDK or `fetch` would send: its path is not resolved, and it is not signed. */
export function rawRequest(
  endpoint: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; send?: (outgoing: ClientRequest) => void } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers: options.headers ?? {} }, (answer) => {
      text(answer).then(
        (body) => resolve({ status: answer.statusCode!, headers: answer.headers, body }),
        reject,
      )
    })
    outgoing.once('error', reject)
    if (options.send) options.send(outgoing)
    else outgoing.end()
  })
}
