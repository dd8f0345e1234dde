import type { IncomingMessage, ServerResponse } from 'node:http'
import type { S3Change } from '../../lambda/s3-event.ts'
import { contentOf } from './aws-chunked.ts'
import { copySources } from './copy-sources.ts'
import type { Intent, RequestSource } from './event-queue.ts'
import { firstImpossible, isBelowObject, nameConflict, objectWithoutSlash } from './name-conflict.ts'
import { LateLock } from './object-locks.ts'
import { isBucketMissing, observeObject } from './object-state.ts'
import type { ProxiedBucket } from './proxied-bucket.ts'
import { relay, relayVerdict, respondWithError } from './relay.ts'
import { readBody } from './request-body.ts'
import { changeOf, changeTo } from './s3-changes.ts'
import type { ObjectChange, ObjectName } from './s3-request.ts'
import { arePartsInOrder, isNamed, malformedXml, noSuchBucket, noSuchKey, rootOf, s3Error } from './s3-xml.ts'
import { besideFolder, unkeepable } from './s3proxy-limits.ts'
import { forward, ResponseMissingError } from './upstream.ts'

/** Changes one object under a lock, with an intent and an event (README.md). */
export async function serveChange(
  bucket: ProxiedBucket,
  change: ObjectChange,
  response: ServerResponse,
): Promise<void> {
  const { req: request } = response
  const body = change.kind === 'complete' ? await readBody(response) : undefined
  if (change.kind === 'complete' && !body) return respondWithError(response, malformedXml)
  const parts = bucket.isS3Proxy && body ? contentOf(body, request.headers) : undefined
  if (parts && !arePartsInOrder(parts)) return respondWithError(response, invalidPartOrder)
  const sources = copySources(request.headers)
  const lock = new LateLock(bucket.locks, { reads: sources, writes: [change] })
  try {
    if (needsLockFromStart(change, request)) await lock.acquire()
    const rejection = bucket.isS3Proxy ? await rejectionOf(bucket, change, sources, request) : undefined
    if (rejection) return respondWithError(response, rejection)
    const intent = await bucket.queue.intend([change])
    await makeChange({ bucket, intent, change, response, lock, body })
  } finally {
    lock.release()
  }
}

type Change = {
  readonly bucket: ProxiedBucket
  readonly intent: Intent
  readonly change: ObjectChange
  readonly response: ServerResponse
  readonly lock: LateLock
  readonly body: Buffer | undefined
}

async function makeChange({ bucket, intent, change, response, lock, body }: Change): Promise<void> {
  const s3Response = await orSettle(
    bucket,
    intent,
    forward(bucket.upstream, response, {
      ...(body && { body }),
      beforeEnd: () => lock.acquire(),
      continuesWithoutClient: true,
    }),
  )
  const isDecided = change.kind === 'put' || change.kind === 'delete'
  if (isDecided) lock.release()
  const source = sourceOf(s3Response, response)
  const status = s3Response.statusCode!
  if (status >= 500) {
    return orSettle(bucket, intent, serveFailure(bucket, intent, change, s3Response, response))
  }
  if (status < 200 || status >= 300) {
    bucket.queue.didNotHappen(intent)
    return relay(s3Response, response)
  }
  if (!isDecided) {
    const decide = async (body: string) => {
      const result = rootOf(body)
      if (result === undefined && body.trim() !== '') return bucket.resolveIntentLater(intent)
      if (result && isNamed(result, 'Error')) return bucket.queue.didNotHappen(intent)
      await bucket.queue.happened(intent, [changeTo(change, await observeObject(bucket.s3, change))], source)
    }
    return orSettle(bucket, intent, relayVerdict(s3Response, response, decide))
  }
  await bucket.queue.happened(intent, [changeMade(change, s3Response, response)], source)
  relay(s3Response, response)
}

/**
 * A plain upload needs the lock only from its last byte, which commits it. S3Proxy checks conditions first, so a
 * conditional upload needs the lock from the start.
 */
function needsLockFromStart({ kind }: ObjectChange, request: IncomingMessage): boolean {
  return kind !== 'put' || contentLength(request) === 0 || request.headers['if-match'] !== undefined
}

/** Settles the intent after a failure, unless the S3 server did not receive the whole request. */
export async function orSettle<T>(bucket: ProxiedBucket, intent: Intent, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ResponseMissingError && !error.sent) bucket.queue.didNotHappen(intent)
    else bucket.resolveIntentLater(intent)
    throw error
  }
}

export function sourceOf(s3Response: IncomingMessage, { req }: ServerResponse): RequestSource {
  return {
    sourceIPAddress: req.socket.remoteAddress ?? '127.0.0.1',
    requestId: String(s3Response.headers['x-amz-request-id'] ?? 'unknown'),
  }
}

function changeMade(change: ObjectChange, s3Response: IncomingMessage, { req }: ServerResponse): S3Change {
  const { etag, 'x-amz-version-id': version, 'x-amz-delete-marker': marker } = s3Response.headers
  const versionId = typeof version === 'string' ? { versionId: version } : {}
  if (change.kind === 'delete') {
    const name = marker === 'true' ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete'
    return { ...changeOf(name, change), ...versionId }
  }
  const size = contentLength(req)
  const eTag = etag?.replaceAll('"', '')
  return {
    ...changeTo(change, { exists: true, ...(size !== undefined && { size }), ...(eTag && { eTag }) }),
    ...versionId,
  }
}

/** An aws-chunked body is longer than its content. */
function contentLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  return length === undefined ? (headers['transfer-encoding'] ? undefined : 0) : Number(length)
}

const invalidPartOrder = s3Error(
  400,
  'InvalidPartOrder',
  'The list of parts was not in ascending order. Parts must be ordered by part number.',
)
const alreadyDeleted = s3Error(204, '', '')

/** S3 responds 204 even for an absent object. A key with a final slash needs the lock. */
async function rejectionOf(
  { s3 }: ProxiedBucket,
  change: ObjectChange,
  sources: readonly ObjectName[],
  request: IncomingMessage,
) {
  const { kind, bucket, key } = change
  if (kind === 'delete') {
    if (await isBucketMissing(s3, bucket)) return noSuchBucket
    return (await firstImpossible(s3, [change])) && alreadyDeleted
  }
  if (await firstImpossible(s3, sources)) return noSuchKey
  const copiesFolder = sources.some((source) => source.key.endsWith('/'))
  const size = kind === 'put' ? contentLength(request) : copiesFolder ? 0 : undefined
  const rejection = unkeepable(key, kind === 'complete' ? 'multipart' : 'whole', size)
  const other = rejection ? undefined : await objectWithoutSlash(s3, change)
  return other === undefined ? rejection : besideFolder(key, other)
}

/** Responds with the limit of S3Proxy that caused the failure, if any. */
async function serveFailure(
  bucket: ProxiedBucket,
  intent: Intent,
  change: ObjectChange,
  s3Response: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const error = bucket.isS3Proxy ? await causeOf(bucket, change, response.req) : undefined
  if (!error) {
    bucket.resolveIntentLater(intent)
    return relay(s3Response, response)
  }
  bucket.queue.didNotHappen(intent)
  s3Response.resume()
  respondWithError(response, change.kind === 'delete' ? alreadyDeleted : error)
}

async function causeOf({ s3 }: ProxiedBucket, change: ObjectChange, { headers }: IncomingMessage) {
  const isSourceMissing = await isBelowObject(s3, copySources(headers))
  return isSourceMissing ? noSuchKey : nameConflict(s3, change)
}
