import type { IncomingMessage, ServerResponse } from 'node:http'
import { contentOf } from './aws-chunked.ts'
import type { Intent } from './event-queue.ts'
import { firstImpossible } from './name-conflict.ts'
import { isBucketMissing } from './object-state.ts'
import type { ProxiedBucket } from './proxied-bucket.ts'
import { relayVerdict, respondWithError } from './relay.ts'
import { readBody } from './request-body.ts'
import { changeOf } from './s3-changes.ts'
import type { ObjectChange } from './s3-request.ts'
import { childrenOf, isNamed, keysToDelete, malformedXml, noSuchBucket, rootOf, s3Error } from './s3-xml.ts'
import { objectsAreFiles } from './s3proxy-limits.ts'
import { orSettle, sourceOf } from './serve-change.ts'
import { forward } from './upstream.ts'

/** Serves `DeleteObjects` like `serveChange`. */
export async function serveBulkDelete(
  bucket: ProxiedBucket,
  bucketName: string,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(response)
  const changes = body && changesOf(bucketName, body, response.req)
  if (!changes) return respondWithError(response, malformedXml)
  const lock = bucket.locks.request({ writes: changes })
  try {
    await lock.granted
    if (bucket.isS3Proxy && (await isBucketMissing(bucket.s3, bucketName)))
      return respondWithError(response, noSuchBucket)
    const impossible = bucket.isS3Proxy ? await firstImpossible(bucket.s3, changes) : undefined
    if (impossible) return respondWithError(response, cannotHave(impossible.key))
    const intent = await bucket.queue.intend(changes)
    await deleteAll(bucket, intent, response, body)
  } finally {
    lock.release()
  }
}

async function deleteAll(
  bucket: ProxiedBucket,
  intent: Intent,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const s3Response = await orSettle(
    bucket,
    intent,
    forward(bucket.upstream, response, { body, continuesWithoutClient: true }),
  )
  const decide = async (xml: string) => {
    const status = s3Response.statusCode!
    if (status >= 500) return bucket.resolveIntentLater(intent)
    if (status !== 200) return bucket.queue.didNotHappen(intent)
    const result = rootOf(xml)
    if (result === undefined) return bucket.resolveIntentLater(intent)
    if (!isNamed(result, 'DeleteResult')) return bucket.queue.didNotHappen(intent)
    // In quiet mode S3 lists only failures.
    const errors = childrenOf(result, 'Error').flatMap((error) => childrenOf(error, 'Key'))
    const kept = new Set(errors.map(({ text }) => text))
    const deleted = intent.changes.filter(({ key }) => !kept.has(key))
    await bucket.queue.happened(
      intent,
      deleted.map((change) => changeOf('ObjectRemoved:Delete', change)),
      sourceOf(s3Response, response),
    )
  }
  await orSettle(bucket, intent, relayVerdict(s3Response, response, decide))
}

function changesOf(bucket: string, body: Buffer, request: IncomingMessage): ObjectChange[] | undefined {
  const xml = contentOf(body, request.headers)
  const keys = xml && keysToDelete(xml)
  return keys?.map((key) => ({ bucket, key, kind: 'delete' }))
}

function cannotHave(key: string) {
  const what = `cannot store ${JSON.stringify(key)}. Nothing was deleted.`
  return s3Error(400, 'InvalidRequest', `${objectsAreFiles}, and ${what}`)
}
