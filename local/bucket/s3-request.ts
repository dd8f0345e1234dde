import type { IncomingHttpHeaders } from 'node:http'
import { type S3Error, s3Error } from './s3-xml.ts'

export type ObjectName = { readonly bucket: string; readonly key: string }

export type ChangeKind = 'put' | 'copy' | 'complete' | 'delete'

export type ObjectChange = ObjectName & { readonly kind: ChangeKind }

export type S3Request =
  | { readonly type: 'change'; readonly change: ObjectChange }
  | { readonly type: 'delete-many'; readonly bucket: string }
  | { readonly type: 'begin-upload'; readonly object: ObjectName }
  /** Does not change the content. */
  | {
      readonly type: 'object'
      readonly object: ObjectName
      readonly subResource?: string
      readonly uploadId?: string | undefined
    }
  | { readonly type: 'list'; readonly prefix: string }
  | { readonly type: 'other' }
  | { readonly type: 'reject'; readonly error: S3Error }

const subResources: Readonly<Record<string, readonly string[]>> = {
  GET: ['acl', 'attributes', 'legal-hold', 'retention', 'tagging', 'torrent'],
  PUT: ['acl', 'legal-hold', 'retention', 'tagging'],
  POST: ['restore', 'select'],
  DELETE: ['tagging'],
}

/** Sub-resources of a bucket that can be deleted. S3Proxy deletes the bucket itself if it does not know the parameter. */
const deletableOfBucket = [
  'analytics',
  'cors',
  'encryption',
  'inventory',
  'lifecycle',
  'metrics',
  'ownershipControls',
  'policy',
  'publicAccessBlock',
  'replication',
  'tagging',
  'website',
]

/** Parameters that do not change a request's kind. S3Proxy reads `x-amz-copy-source` only in a header. */
const neutralParameter =
  /^(?:x-amz-(?!copy-source).*|x-id|versionId|select-type|content-md5|content-type|AWSAccessKeyId|Signature|Expires|SignatureVersion|SignatureMethod|Timestamp)$/i

/** No response can contain such a token. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
const notInXml = /[\0-\x08\x0b\x0c\x0e-\x1f]/

/**
 * Classifies a path-style S3 request by its effect on objects (Amazon S3 API reference). Rejects unknown writes.
 */
export function readS3Request(method: string, url: string, headers: IncomingHttpHeaders): S3Request {
  if (isVirtualHost(headers.host ?? '')) return reject('VirtualHostStyle')
  if (method === 'OPTIONS') return { type: 'other' }
  // The S3 server ignores a fragment.
  if (url.includes('#')) return reject('InvalidURI')
  const [path = '', query = ''] = split(url, '?')
  const [encodedBucket = '', encodedKey = ''] = split(path.slice(1), '/')
  const bucket = decode(encodedBucket)
  const key = decode(encodedKey)
  if (!path.startsWith('/') || bucket === undefined || key === undefined) return reject('InvalidURI')
  // Rejects for example `//b/k` and `/b%2Fk`, which the S3 server might read as `/b/k`.
  if (path !== '/' && !/^[a-z\d][\w.-]*$/i.test(bucket)) return reject('InvalidBucketName')
  const parameters = new URLSearchParams(query)
  return key === ''
    ? bucketRequest(method, bucket, parameters)
    : objectRequest(method, { bucket, key }, parameters, headers)
}

/** Only a POST on a bucket changes objects: bulk delete and form upload. */
function bucketRequest(method: string, bucket: string, parameters: URLSearchParams): S3Request {
  if (method === 'DELETE') {
    const names = effectiveParameters(parameters)
    const isKnown = names.length === 0 || names.some((name) => deletableOfBucket.includes(name))
    return isKnown ? { type: 'other' } : notImplemented(method, names, 'a bucket')
  }
  if (notInXml.test(parameters.get('continuation-token') ?? '')) return reject('ContinuationToken')
  if (method === 'GET') return { type: 'list', prefix: parameters.get('prefix') ?? '' }
  if (method !== 'POST') return { type: 'other' }
  if (bucket !== '' && parameters.has('delete')) return { type: 'delete-many', bucket }
  return reject('FormUpload')
}

function objectRequest(
  method: string,
  object: ObjectName,
  parameters: URLSearchParams,
  headers: IncomingHttpHeaders,
): S3Request {
  const change = (kind: ChangeKind): S3Request => ({ type: 'change', change: { ...object, kind } })
  const copies = headers['x-amz-copy-source'] !== undefined
  // A copy that signature version 2 presigned has its source in both places.
  const names = effectiveParameters(parameters).filter((name) => !(copies && name === 'x-amz-copy-source'))
  const subResource = subResources[method === 'HEAD' ? 'GET' : method]?.find((name) => names.includes(name))
  const uploadId = parameters.get('uploadId') ?? undefined
  if (method === 'GET' || method === 'HEAD')
    return { type: 'object', object, uploadId, ...(subResource && { subResource }) }
  if (names.length === 1 && subResource) return { type: 'object', object, subResource }
  switch ([method, ...names].join(' ')) {
    case 'PUT':
      return change(copies ? 'copy' : 'put')
    case 'PUT partNumber uploadId':
    case 'DELETE uploadId':
      return { type: 'object', object, uploadId }
    case 'POST uploads':
      return { type: 'begin-upload', object }
    case 'POST uploadId':
      return change('complete')
    case 'DELETE':
      return change('delete')
    default:
      return notImplemented(method, names, 'an object')
  }
}

function effectiveParameters(parameters: URLSearchParams): string[] {
  return [...new Set(parameters.keys())].filter((name) => !neutralParameter.test(name)).sort()
}

function notImplemented(method: string, parameters: readonly string[], on: string): S3Request {
  const request = parameters.length > 0 ? `${method} with ?${parameters.join('&')}` : method
  const message = `The local bucket does not implement ${request} on ${on}.`
  return { type: 'reject', error: s3Error(501, 'NotImplemented', message) }
}

/** Reads `+` in a path as a space, as S3 does. Returns undefined unless the path is URL-encoded UTF-8. */
function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    return undefined // the caller rejects the request
  }
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** Matches `bucket.localhost` and `bucket.s3.region.amazonaws.com`. */
function isVirtualHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return /^.+\.localhost$/.test(name) || /^.+\.s3[.-]/.test(name)
}

const rejections = {
  VirtualHostStyle: s3Error(
    400,
    'InvalidRequest',
    'The bucket must be in the path, not in the host name: turn on path style (forcePathStyle in the AWS SDK, addressing_style = path in the AWS CLI).',
  ),
  InvalidURI: s3Error(400, 'InvalidURI', "Couldn't parse the specified URI."),
  InvalidBucketName: s3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.'),
  ContinuationToken: s3Error(400, 'InvalidArgument', 'The continuation token provided is incorrect'),
  FormUpload: s3Error(
    501,
    'NotImplemented',
    'The local bucket implements no POST on a bucket but ?delete. Upload with PUT instead of an HTML form.',
  ),
}

function reject(why: keyof typeof rejections): S3Request {
  return { type: 'reject', error: rejections[why] }
}
