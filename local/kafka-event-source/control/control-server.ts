import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { isPlainObject, type PlainObject } from '../settings/problems.ts'
import {
  ApiError,
  createMapping,
  deleteMapping,
  describeMapping,
  invalid,
  listMappings,
  type MappingSet,
  updateMapping,
} from './mapping-api.ts'

const path = '/2015-03-31/event-source-mappings'

/**
 * Serves Lambda's event source mapping API (AWS Lambda API reference) to the AWS SDK and the CLI with
 * `--endpoint-url`. @throws when the port is in use
 */
export async function startControlServer(set: MappingSet, port: number) {
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
    const [status, body] = await route(set, request)
    writeJson(response, status, body)
  } catch (error) {
    const { status, type, message } =
      error instanceof ApiError ? error : new ApiError(500, 'ServiceException', (error as Error).message)
    response.setHeader('x-amzn-errortype', type)
    writeJson(response, status, { Type: status < 500 ? 'User' : 'Service', Message: message, message })
  }
}

async function route(set: MappingSet, request: IncomingMessage): Promise<[status: number, body: object]> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (!pathname.startsWith(path)) throw notFound(`No such path: ${pathname}`)
  const [, uuid] = /^\/([^/]+)\/?$/.exec(pathname.slice(path.length)) ?? []
  if (uuid === undefined) {
    if (request.method === 'POST') return [202, await createMapping(set, await bodyOf(request))]
    if (request.method !== 'GET') throw notEmulated(request)
    return [200, await listMappings(set.mappings, searchParams)]
  }
  const found = set.mappings.find(({ mapping }) => mapping.uuid === uuid)
  if (found === undefined) throw notFound('The resource you requested does not exist.')
  switch (request.method) {
    case 'GET':
      return [200, await describeMapping(found)]
    case 'PUT':
      return [202, await updateMapping(found, await bodyOf(request))]
    case 'DELETE':
      return [202, await deleteMapping(set, found)]
    default:
      throw notEmulated(request)
  }
}

function notFound(message: string): ApiError {
  return new ApiError(404, 'ResourceNotFoundException', message)
}

function notEmulated({ method, url }: IncomingMessage): ApiError {
  return new ApiError(405, 'InvalidRequestContentException', `${method} ${url} is not emulated.`)
}

async function bodyOf(request: IncomingMessage): Promise<PlainObject> {
  const body: unknown = await json(request).catch((error: Error) => {
    throw new ApiError(400, 'InvalidRequestContentException', `Could not parse request body: ${error}`)
  })
  if (!isPlainObject(body)) throw invalid('The request must be a JSON object.')
  return body
}

function writeJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
