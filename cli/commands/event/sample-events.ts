import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { bookKey } from '../../../books/book-name.ts'
import { withCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { Admin } from '../../../kafka/admin.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { encodeEvent, encodeRecord } from '../../../lambda/kafka-event.ts'
import { encodeS3Event, type S3Event } from '../../../lambda/s3-event.ts'
import { AppError } from '../../../lib/errors.ts'

/**
 * Creates an event for `count`. Its batch begins at the book's first line and continues with the partition's records.
 * @returns the event as JSON
 * @throws NOT_FOUND when the topic has no line of the book; TOPIC_MISSING, KAFKA_UNAVAILABLE
 */
export function sampleCountEvent(config: Config, book: string, batchSize: number): Promise<string> {
  const topic = config.topics.books
  return withCluster(config, async (cluster) => {
    for (const { partition, start } of await new Admin(cluster).offsets(topic, 'read_uncommitted')) {
      const reader = new LogReader(cluster, 'read_uncommitted')
      const records = await recordsFrom(reader, topic, partition, start, bookKey(book), batchSize)
      if (records.length === 0) continue
      const source = { eventSource: 'SelfManagedKafka', bootstrapServers: config.brokers.join(',') } as const
      return encodeEvent(source, new Map([[`${topic}-${partition}`, records]]))
    }
    throw new AppError(
      'NOT_FOUND',
      `${topic} has no line of "${book}". "books counts" lists the counted books.`,
    )
  })
}

/** @returns each record as JSON; empty when the partition has no record of the book */
async function recordsFrom(
  reader: LogReader,
  topic: string,
  partition: number,
  start: number,
  book: Buffer,
  batchSize: number,
): Promise<readonly string[]> {
  const records: string[] = []
  await reader.readPartition(
    topic,
    partition,
    start,
    (record) => {
      const isWanted = records.length > 0 || record.key?.equals(book)
      if (isWanted && records.length < batchSize) records.push(encodeRecord(topic, partition, record))
    },
    () => records.length >= batchSize,
  )
  return records
}

/**
 * Creates the event for `ingest` from the current state of the object.
 * @throws NOT_FOUND without the object; BUCKET_UNAVAILABLE
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
      `Reading "${key}" in the bucket ${bucket} failed: ${cause.message}. Check that "npm start" is running.`,
      { retryable: true, cause },
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
