import { after } from 'node:test'
import { DeleteObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { openCluster } from '../../books/cluster.ts'
import { S3Bucket, s3ClientSettings } from '../../books/ingest/s3-bucket.ts'
import { WarmProducer } from '../../books/ingest/warm-producer.ts'
import { EventIngester } from '../../functions/ingest/ingest-event.ts'
import type { Task } from '../../functions/ingest/tasks.ts'
import { Admin } from '../../kafka/admin.ts'
import { Producer } from '../../kafka/producer/producer.ts'
import { silentLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import { startBucket } from './bucket.ts'
import { startKafka } from './kafka.ts'
import { type KcatRecord, kcatRecords } from './kcat.ts'
import { uniqueUserid } from './names.ts'

const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
})

/** Creates a bucket and a books topic, with the product's ingest between them. */
export async function setUp() {
  const { brokers } = await startKafka()
  const { endpoint, bucket, s3 } = await startBucket()
  const userid = uniqueUserid()
  const topic = `${userid}.books`
  const admin = new Admin(openCluster({ brokers: [brokers] }))
  await admin.createTopic({ name: topic, partitions: 5, replicationFactor: 1, configs: {} })
  admin.close()
  closing.push(() => s3.destroy())

  return {
    brokers,
    endpoint,
    bucket,
    userid,
    topic,

    /** Opens a container of ingest with these S3 client settings and this Kafka address. */
    container(settings: S3ClientConfig = {}, address = brokers): EventIngester {
      const client = new S3Client({
        ...s3ClientSettings,
        endpoint,
        region: localRegion,
        credentials: localCredentials,
        ...settings,
      })
      closing.push(() => client.destroy())
      const cluster = openCluster({ brokers: [address] })
      const producer = new WarmProducer(() => Producer.open(cluster, topic))
      closing.push(
        () => producer.close(),
        () => cluster.close(),
      )
      return new EventIngester({
        bucketOf: (name) => new S3Bucket(client, name),
        producer,
        log: silentLog,
        metrics: noMetrics,
      })
    },

    async put(key: string, body: Buffer | string, contentEncoding?: string): Promise<void> {
      const encoding = contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...encoding }))
    },

    async remove(key: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    },

    /** Returns all records by book, as kcat reads them. */
    async recordsByBook(address = brokers): Promise<Map<string, KcatRecord[]>> {
      const byBook = new Map<string, KcatRecord[]>()
      for (const record of await kcatRecords(address, topic)) {
        const book = String(record.key)
        const records = byBook.get(book)
        if (records === undefined) byBook.set(book, [record])
        else records.push(record)
      }
      return byBook
    },

    tasks: (...keys: string[]): Task[] => keys.map((key) => ({ bucket, key })),
  }
}

/** An invocation that does not reach its timeout. */
export const inTime = {
  timeIsUp: () => false,
  invokeLater: () => Promise.reject(new Error('There was time enough.')),
}
