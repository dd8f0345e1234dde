import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  ApiError,
  createMapping,
  deleteMapping,
  describeMapping,
  listMappings,
  type MappingSet,
  updateMapping,
} from './mapping-api.ts'

/**
 * Serves Lambda's event source mapping API (AWS Lambda API reference) to the AWS SDK and the CLI with
 * `--endpoint-url`.
 */
export type ControlServer = { readonly url: string; close(): Promise<void> }

const path = '/2015-03-31/event-source-mappings'

/** @throws when the port is in use */
export async function startControlServer(set: MappingSet, port: number): Promise<ControlServer> {
  const server = createServer((request, response) => {
    void respond(set, request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: Error) => {
    throw new Error(`custom.kafkaEventSource.controlPort: ${error.message}`, { cause: error })
  })
  const { port: actualPort } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actualPort}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function respond(set: MappingSet, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, body } = await route(set, request)
    writeJson(response, status, body)
  } catch (error) {
    const { status, type, message } =
      error instanceof ApiError ? error : new ApiError(500, 'ServiceException', (error as Error).message)
    response.setHeader('x-amzn-errortype', type)
    writeJson(response, status, { Type: status < 500 ? 'User' : 'Service', Message: message, message })
  }
}

async function route(set: MappingSet, request: IncomingMessage): Promise<{ status: number; body: object }> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const [, uuid] = /^\/([^/]+)\/?$/.exec(url.pathname.slice(path.length)) ?? []
  if (!url.pathname.startsWith(path))
    throw new ApiError(404, 'ResourceNotFoundException', `No such path: ${url.pathname}`)
  if (uuid === undefined) {
    if (request.method === 'POST') {
      return { status: 202, body: await createMapping(set, parse(await text(request))) }
    }
    if (request.method !== 'GET') throw notEmulated(request)
    return { status: 200, body: await listMappings(set.mappings, url.searchParams) }
  }
  const found = set.mappings.find(({ mapping }) => mapping.uuid === uuid)
  if (found === undefined) {
    throw new ApiError(404, 'ResourceNotFoundException', 'The resource you requested does not exist.')
  }
  switch (request.method) {
    case 'GET':
      return { status: 200, body: await describeMapping(found) }
    case 'PUT':
      return { status: 202, body: await updateMapping(found, parse(await text(request))) }
    case 'DELETE':
      return { status: 202, body: await deleteMapping(set, found) }
    default:
      throw notEmulated(request)
  }
}

function notEmulated({ method, url }: IncomingMessage): ApiError {
  return new ApiError(405, 'InvalidRequestContentException', `${method} ${url} is not emulated.`)
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new ApiError(400, 'InvalidRequestContentException', `Could not parse request body: ${error}`)
  }
}

function writeJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
