import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError, messageOf } from '../../lib/errors.ts'
import { requireFreePort } from '../programs/ports.ts'
import { respondToBrokenRequest } from './broken-request.ts'
import { ConnectionOrder } from './connection-order.ts'
import { copySources } from './copy-sources.ts'
import { firstImpossible, isBelowObject, nameConflict } from './name-conflict.ts'
import { LateLock } from './object-locks.ts'
import { isUnknownUpload, observeObject } from './object-state.ts'
import { OpenResponses } from './open-responses.ts'
import type { ProxiedBucket } from './proxied-bucket.ts'
import { RejectedBody } from './rejected-body.ts'
import { relay, respondWithError } from './relay.ts'
import { type ObjectName, readS3Request, type S3Request } from './s3-request.ts'
import { noSuchKey, noSuchUpload, type S3Error, s3Error } from './s3-xml.ts'
import { isBufferedWhole, unsupported } from './s3proxy-features.ts'
import { unkeepable, unlistable } from './s3proxy-limits.ts'
import { serveBulkDelete } from './serve-bulk-delete.ts'
import { serveChange } from './serve-change.ts'
import { invokedFunction, serveInvoke } from './serve-invoke.ts'
import { bufferBytes, forward } from './upstream.ts'

export type EventProxy = { readonly port: number; close(): Promise<void> }

/** Longer than the idle timeouts of clients, so that they close first. */
const keepAliveMs = 75_000
const closeWithinMs = 2_000

/** The lock of this name limits S3Proxy's heap: one large buffered body at a time. */
const serverMemory: ObjectName = { bucket: '', key: 'memory' }

/** @throws PORT_IN_USE */
export async function startEventProxy(
  port: number,
  bucket: ProxiedBucket,
  log: (line: string) => void,
): Promise<EventProxy> {
  if (port !== 0) await requireFreePort(port, 'S3_PORT')
  const open = new OpenResponses()
  const order = new ConnectionOrder()
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    open.add(response)
    await order.turn(response)
    const memory = new LateLock(bucket.locks, { writes: [serverMemory] })
    try {
      if (bucket.isS3Proxy && isBufferedWhole(request.headers)) await memory.acquire()
      await serveRequest(bucket, response)
    } catch (error) {
      // The client disconnected.
      if (response.destroyed) return
      if (error instanceof Error && error.cause instanceof RejectedBody)
        return respondWithError(response, error.cause.s3Error)
      log(`s3 ${request.method} failed: ${messageOf(error)}`)
      respondWithError(response, unavailable(error))
    } finally {
      memory.release()
    }
  }
  // An upload can take any time.
  const server = createServer(
    { requestTimeout: 0, keepAliveTimeout: keepAliveMs, noDelay: true, highWaterMark: bufferBytes },
    serve,
  )
  server.on('checkContinue', serve)
  server.on('clientError', respondToBrokenRequest)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: actualPort } = server.address() as AddressInfo
  return { port: actualPort, close: () => close(server, open) }
}

async function serveRequest(bucket: ProxiedBucket, response: ServerResponse): Promise<void> {
  const { req: request } = response
  const invoked = invokedFunction(request)
  if (invoked !== undefined) return serveInvoke(bucket, invoked, response)
  const s3Request = readS3Request(request.method!, request.url!, request.headers)
  const unsupportedHere = bucket.isS3Proxy ? unsupportedIn(s3Request, request) : undefined
  if (unsupportedHere) return respondWithError(response, unsupportedHere)
  switch (s3Request.type) {
    case 'change':
      return serveChange(bucket, s3Request.change, response)
    case 'delete-many':
      return serveBulkDelete(bucket, s3Request.bucket, response)
    case 'begin-upload': {
      const rejection = bucket.isS3Proxy ? await rejectUpload(bucket, s3Request.object) : undefined
      return rejection ? respondWithError(response, rejection) : passThrough(bucket, response)
    }
    case 'object':
      return bucket.isS3Proxy && isTagsRead(s3Request.subResource, request)
        ? serveNoTags(bucket, s3Request.object, response)
        : serveObject(bucket, s3Request, response)
    case 'list': {
      const rejection = bucket.isS3Proxy ? unlistable(s3Request.prefix) : undefined
      return rejection ? respondWithError(response, rejection) : passThrough(bucket, response)
    }
    case 'other':
      return passThrough(bucket, response)
    case 'reject':
      return respondWithError(response, s3Request.error)
    default:
      s3Request satisfies never
  }
}

function unsupportedIn(s3Request: S3Request, request: IncomingMessage): S3Error | undefined {
  if (s3Request.type === 'reject' || s3Request.type === 'other') return undefined
  const subResource = s3Request.type === 'object' ? s3Request.subResource : undefined
  return isTagsRead(subResource, request)
    ? undefined
    : unsupported(request.method!, subResource, request.headers)
}

function isTagsRead(subResource: string | undefined, { method }: IncomingMessage): boolean {
  return subResource === 'tagging' && method === 'GET'
}

/** Clients read tags before they copy an object in parts. */
async function serveNoTags(
  bucket: ProxiedBucket,
  object: ObjectName,
  response: ServerResponse,
): Promise<void> {
  const { s3 } = bucket
  if ((await firstImpossible(s3, [object])) || !(await observeObject(s3, object)).exists)
    return respondWithError(response, noSuchKey)
  response.req.resume()
  response.writeHead(200, { 'Content-Type': 'application/xml' })
  response.end(noTagsXml)
}

async function passThrough(bucket: ProxiedBucket, response: ServerResponse): Promise<void> {
  relay(await forward(bucket.upstream, response, { continuesWithoutClient: false }), response)
}

/** S3Proxy would reject the key only after all parts. */
async function rejectUpload(bucket: ProxiedBucket, object: ObjectName): Promise<S3Error | undefined> {
  return unkeepable(object.key, 'multipart') ?? (await nameConflict(bucket.s3, object))
}

/** For some keys, S3Proxy would fail or return another key's object. */
async function serveObject(
  bucket: ProxiedBucket,
  { object, uploadId }: Extract<S3Request, { type: 'object' }>,
  response: ServerResponse,
): Promise<void> {
  if (bucket.isS3Proxy && uploadId !== undefined && (await isUnknownUpload(bucket.s3, object, uploadId)))
    return respondWithError(response, noSuchUpload)
  const sources = copySources(response.req.headers)
  const objects = sources.length > 0 ? sources : [object]
  const s3Response = await readWhole(bucket, objects, response)
  if (!s3Response) return respondWithError(response, noSuchKey)
  const failed = bucket.isS3Proxy && s3Response.statusCode === 500
  if (failed && (await isBelowObject(bucket.s3, objects))) {
    s3Response.resume()
    return respondWithError(response, noSuchKey)
  }
  relay(s3Response, response)
}

/**
 * Holds the lock until the response headers arrive; for a copied part to the end, because S3Proxy may send the headers
 * earlier. Returns undefined if S3Proxy cannot have one of the objects.
 */
async function readWhole(
  bucket: ProxiedBucket,
  objects: readonly ObjectName[],
  response: ServerResponse,
): Promise<IncomingMessage | undefined> {
  const lock = bucket.locks.request({ reads: objects })
  let s3Response: IncomingMessage | undefined
  try {
    await lock.granted
    const impossible = bucket.isS3Proxy ? await firstImpossible(bucket.s3, objects) : undefined
    if (!impossible) s3Response = await forward(bucket.upstream, response, { continuesWithoutClient: false })
    return s3Response
  } finally {
    if (s3Response && response.req.method === 'PUT') s3Response.once('close', () => lock.release())
    else lock.release()
  }
}

const noTagsXml =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet></TagSet></Tagging>'

function unavailable(error: unknown) {
  if (error instanceof AppError && error.retryable) return s3Error(503, 'ServiceUnavailable', error.message)
  return s3Error(500, 'InternalError', `The event proxy failed: ${messageOf(error)}`)
}

async function close(server: Server, open: OpenResponses): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  open.whenNone(() => server.closeAllConnections())
  const timer = setTimeout(() => server.closeAllConnections(), closeWithinMs)
  await closed
  clearTimeout(timer)
}
