/**
 * The S3 event notification of Lambda (Amazon S3 user guide, page "Event message structure", version 2.1).
 * Object keys are form-encoded, except `/`. S3 can send an event twice or late.
 */
import { awsPartition } from '../lib/aws-domain.ts'
import { AppError } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'

/** Page "Supported event types for SQS, SNS, and Lambda". */
const s3EventNames = [
  'ObjectCreated:Put',
  'ObjectCreated:Post',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
] as const

export type S3EventName = (typeof s3EventNames)[number]

export type S3Change = {
  readonly eventName: S3EventName
  readonly bucket: string
  /** The key is decoded. */
  readonly key: string
  /** ISO 8601. */
  readonly eventTime: string
  /** Hexadecimal. A later event of a key has a greater value. */
  readonly sequencer: string
  /** Bytes; undefined for a removal. */
  readonly size?: number
  /** Without quotes; undefined for a removal. */
  readonly eTag?: string
  readonly versionId?: string
}

export type S3EventOrigin = {
  readonly awsRegion: string
  readonly configurationId: string
  readonly principalId: string
  readonly sourceIPAddress: string
  readonly requestId: string
}

type S3EventRecord = {
  readonly eventVersion: string
  readonly eventSource: 'aws:s3'
  readonly awsRegion: string
  readonly eventTime: string
  readonly eventName: string
  readonly userIdentity: { readonly principalId: string }
  readonly requestParameters: { readonly sourceIPAddress: string }
  readonly responseElements: { readonly 'x-amz-request-id': string; readonly 'x-amz-id-2': string }
  readonly s3: {
    readonly s3SchemaVersion: '1.0'
    readonly configurationId: string
    readonly bucket: {
      readonly name: string
      readonly ownerIdentity: { readonly principalId: string }
      readonly arn: string
    }
    readonly object: {
      readonly key: string
      readonly size?: number
      readonly eTag?: string
      readonly versionId?: string
      readonly sequencer: string
    }
  }
}

export type S3Event = { readonly Records: readonly S3EventRecord[] }

export function encodeS3Event(change: S3Change, origin: S3EventOrigin): S3Event {
  const { bucket, key, eventName, eventTime, sequencer, size, eTag, versionId } = change
  const owner = { principalId: origin.principalId }
  const arn = `arn:${awsPartition(origin.awsRegion)}:s3:::${bucket}`
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: origin.awsRegion,
        eventTime,
        eventName,
        userIdentity: owner,
        requestParameters: { sourceIPAddress: origin.sourceIPAddress },
        responseElements: { 'x-amz-request-id': origin.requestId, 'x-amz-id-2': origin.requestId },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: origin.configurationId,
          bucket: { name: bucket, ownerIdentity: owner, arn },
          object: {
            key: encodeKey(key),
            ...(size !== undefined && { size }),
            ...(eTag !== undefined && { eTag }),
            ...(versionId !== undefined && { versionId }),
            sequencer,
          },
        },
      },
    ],
  }
}

/** Callers must read the object's state from S3: it may have changed since the event. */
export type S3ObjectName = { readonly bucket: string; readonly key: string }

/** @throws EVENT_INVALID if this is not an S3 event */
export function decodeS3Event(event: unknown): readonly S3ObjectName[] {
  const records = field(event, 'Records')
  if (!Array.isArray(records)) throw invalid('it has no Records')
  return records.map((record: unknown, index) => {
    const at = `Records[${index}]`
    if (field(record, 'eventSource') !== 'aws:s3') throw invalid(`${at}.eventSource is not "aws:s3"`)
    const version = field(record, 'eventVersion')
    if (typeof version !== 'string' || !/^2\.\d+$/.test(version)) {
      throw invalid(`${at}.eventVersion is not 2.x`)
    }
    const s3 = field(record, 's3')
    const bucket = field(field(s3, 'bucket'), 'name')
    if (typeof bucket !== 'string' || bucket === '') throw invalid(`${at}.s3.bucket.name is missing`)
    const object = field(s3, 'object')
    // The rule of deploy/bucket-events.ts sets this field, because EventBridge does not encode keys.
    const unencoded = field(object, 'unencodedKey')
    if (typeof unencoded === 'string' && unencoded !== '') return { bucket, key: unencoded }
    const key = field(object, 'key')
    if (typeof key !== 'string' || key === '') throw invalid(`${at}.s3.object.key is missing`)
    return { bucket, key: decodeKey(key, at) }
  })
}

/** Encodes like `java.net.URLEncoder`, as in S3 events, but keeps `/`. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replace(/[!~'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decodeKey(encoded: string, at: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch (cause) {
    throw new AppError('EVENT_INVALID', `Not an S3 event: ${at}.s3.object.key is not URL-encoded UTF-8.`, {
      cause,
    })
  }
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function invalid(why: string): AppError {
  return new AppError('EVENT_INVALID', `Not an S3 event: ${why}. See events/ for examples.`)
}
