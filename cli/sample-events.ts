/** Events of real records, to try a function by hand with `serverless invoke local -f … -p FILE`. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Config } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { Admin } from '../lib/kafka/admin.ts'
import { LogReader, type LogRecord } from '../lib/kafka/log-reader.ts'
import { encodeEvent, encodeRecord } from '../lib/kafka-event.ts'
import { encodeS3Event, type S3Event } from '../lib/s3-event.ts'

/** Lambda's own default batch size. */
const defaultBatchSize = 100
const recordsPerRead = 10_000

/**
 * The event that `count` would get with a batch that begins at the book's first line: at most `batchSize` records of
 * that partition as they stand in the log, other books' among them, so that nothing is left out.
 * @returns event JSON
 * @throws NOT_FOUND when the topic has no line of the book; TOPIC_MISSING, KAFKA_UNAVAILABLE
 */
export async function sampleCountEvent(
  config: Config,
  book: string,
  batchSize = defaultBatchSize,
): Promise<string> {
  const admin = new Admin(config)
  const reader = new LogReader(config, 'read_uncommitted')
  const topic = config.topics.books
  try {
    for (const { partition, start, end } of await admin.offsets(topic, 'read_uncommitted')) {
      const records = await firstRecords(
        reader,
        topic,
        partition,
        { start, end },
        Buffer.from(book),
        batchSize,
      )
      if (records.length === 0) continue
      const json = records.map((record) => encodeRecord(topic, partition, rawRecord(record)))
      const source = { eventSource: 'SelfManagedKafka', bootstrapServers: config.brokers.join(',') } as const
      return encodeEvent(source, new Map([[`${topic}-${partition}`, json]]))
    }
  } finally {
    admin.close()
    await reader.close()
  }
  throw new AppError(
    'NOT_FOUND',
    `${topic} has no line of "${book}". "books counts" lists the books there are.`,
  )
}

async function firstRecords(
  reader: LogReader,
  topic: string,
  partition: number,
  { start, end }: { readonly start: number; readonly end: number },
  book: Buffer,
  batchSize: number,
): Promise<readonly LogRecord[]> {
  for (let next = start; next < end; ) {
    const stretch = await reader.read(topic, partition, next, recordsPerRead)
    const first = stretch.records.find(({ key }) => key?.equals(book))
    if (first !== undefined) {
      const { records } = await reader.read(topic, partition, first.offset, batchSize)
      return records.slice(0, batchSize)
    }
    if (stretch.atEnd) break
    next = stretch.next
  }
  return []
}

function rawRecord(record: LogRecord): Parameters<typeof encodeRecord>[2] {
  const headers = record.headers.flatMap((header) => Object.entries(header))
  return { ...record, timestampType: 'CREATE_TIME', headers }
}

/**
 * The event that `ingest` would get for an object as it is in the bucket now.
 * @throws NOT_FOUND, BUCKET_UNAVAILABLE
 */
export async function sampleIngestEvent(
  s3: S3Client,
  { bucket, region, key }: { readonly bucket: string; readonly region: string; readonly key: string },
): Promise<S3Event> {
  const object = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch((cause: Error) => {
    if (cause.name === 'NotFound')
      throw new AppError('NOT_FOUND', `The bucket ${bucket} has no object "${key}".`)
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `Asking ${bucket} for "${key}" failed: ${cause.message}. Is "npm start" running?`,
      {
        retryable: true,
        cause,
      },
    )
  })
  const now = new Date()
  return encodeS3Event(
    {
      eventName: 'ObjectCreated:Put',
      bucket,
      key,
      eventTime: now.toISOString(),
      sequencer: now.getTime().toString(16).toUpperCase().padStart(16, '0'),
      ...(object.ContentLength !== undefined && { size: object.ContentLength }),
      ...(object.ETag !== undefined && { eTag: object.ETag.replaceAll('"', '') }),
    },
    {
      awsRegion: region,
      configurationId: 'books-event',
      principalId: 'BOOKS',
      sourceIPAddress: '127.0.0.1',
      requestId: now.getTime().toString(16).toUpperCase(),
    },
  )
}
