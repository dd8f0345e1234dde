import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** Called with each request and its response. The response is forwarded when it has resolved. */
export type Watch = (incoming: IncomingMessage, answer: IncomingMessage) => void | Promise<void>

/** Starts a proxy between the event source and the S3 server that reports each request to the test. */
export async function startWatchedUpstream(endpoint: string, watch: Watch) {
  const { hostname, port } = new URL(endpoint)
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url, rawHeaders } = incoming
    const headers = rawHeaders as unknown as Record<string, string>
    const outgoing = request({ hostname, port, method, path: url, headers }, async (answer) => {
      await watch(incoming, answer)
      response.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }
  const server = createServer(forward).on('checkContinue', (incoming, response) => {
    response.writeContinue()
    forward(incoming, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { port: number }
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
