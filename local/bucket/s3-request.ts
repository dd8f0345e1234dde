import type { IncomingHttpHeaders } from 'node:http'
import { type S3Error, s3Error } from './s3-xml.ts'

/**
 * What a request to S3 would do to objects (Amazon S3 API reference; path style only).
 * Only these change an object: PUT, copy, multipart completion, DELETE and the bulk delete. A part is none, nor is a
 * sub-resource of an object such as its tags. An unknown query parameter makes no difference: a needless event does no
 * harm, a missing one loses a book.
 */
export type ObjectName = { readonly bucket: string; readonly key: string }

export type ChangeKind = 'put' | 'copy' | 'complete' | 'delete'

export type ObjectChange = ObjectName & { readonly kind: ChangeKind }

export type S3Request =
  | { readonly type: 'change'; readonly change: ObjectChange }
  /** Its keys are in the body. */
  | { readonly type: 'delete-many'; readonly bucket: string }
  /** Begins a multipart upload: nothing changes yet, but the key must be one that can be kept. */
  | { readonly type: 'begin-upload'; readonly object: ObjectName }
  /** Reads an object, or writes something of it that is not its content. */
  | { readonly type: 'object'; readonly object: ObjectName }
  | { readonly type: 'other' }
  | { readonly type: 'refuse'; readonly error: S3Error }

/** Parts of an object that have an API of their own; a request with one of them leaves the content alone. */
const subResources = [
  'acl',
  'attributes',
  'encryption',
  'legal-hold',
  'partNumber',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
]

export function readS3Request(method: string, url: string, headers: IncomingHttpHeaders): S3Request {
  if (isVirtualHost(headers.host ?? '')) return refuse('VirtualHostStyle')
  const [path = '', query = ''] = split(url, '?')
  const [encodedBucket = '', encodedKey = ''] = split(path.slice(1), '/')
  const bucket = decode(encodedBucket)
  const key = decode(encodedKey)
  if (!path.startsWith('/') || bucket === undefined || key === undefined) {
    return method === 'OPTIONS' ? { type: 'other' } : refuse('InvalidURI')
  }
  const parameters = new URLSearchParams(query)
  return key === ''
    ? bucketRequest(method, bucket, parameters, headers)
    : objectRequest(method, { bucket, key }, parameters, headers)
}

function bucketRequest(
  method: string,
  bucket: string,
  parameters: URLSearchParams,
  headers: IncomingHttpHeaders,
): S3Request {
  if (method !== 'POST' || bucket === '') return { type: 'other' }
  if (parameters.has('delete')) return { type: 'delete-many', bucket }
  if (headers['content-type']?.startsWith('multipart/form-data')) return refuse('FormUpload')
  return { type: 'other' }
}

function objectRequest(
  method: string,
  object: ObjectName,
  parameters: URLSearchParams,
  headers: IncomingHttpHeaders,
): S3Request {
  const change = (kind: ChangeKind): S3Request => ({ type: 'change', change: { ...object, kind } })
  if (method === 'POST') {
    if (parameters.has('uploads')) return { type: 'begin-upload', object }
    if (parameters.has('uploadId')) return change('complete')
  }
  if (method === 'OPTIONS') return { type: 'other' }
  if ((method !== 'PUT' && method !== 'DELETE') || subResources.some((name) => parameters.has(name))) {
    return { type: 'object', object }
  }
  if (method === 'DELETE') return change('delete')
  return change(headers['x-amz-copy-source'] === undefined ? 'put' : 'copy')
}

/** A raw `+` in a path is a space to S3. Undefined if it is not URL-encoded UTF-8. */
function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    return undefined // the caller refuses it
  }
}

/** Before and after the first separator. */
function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** `bucket.localhost` or `bucket.s3.region.amazonaws.com`: then the path is the key, and no bucket is in it. */
function isVirtualHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return /^.+\.localhost$/.test(name) || /^.+\.s3[.-]/.test(name)
}

const refusals = {
  VirtualHostStyle: s3Error(
    400,
    'InvalidRequest',
    'The bucket must be in the path, not in the host name: turn on path style (forcePathStyle in the AWS SDK, addressing_style = path in the AWS CLI).',
  ),
  InvalidURI: s3Error(400, 'InvalidURI', "Couldn't parse the specified URI."),
  FormUpload: s3Error(501, 'NotImplemented', 'Uploads by HTML form are not supported here: use PUT.'),
}

function refuse(why: keyof typeof refusals): S3Request {
  return { type: 'refuse', error: refusals[why] }
}
