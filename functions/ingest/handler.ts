/** `ingest`: writes each line of an uploaded book to `<userid>.books`, keyed by the book. */
import { S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { DirectRequests } from '../../books/ingest/direct-requests.ts'
import { S3Bucket, s3ClientSettings } from '../../books/ingest/s3-bucket.ts'
import { WarmProducer } from '../../books/ingest/warm-producer.ts'
import { Producer } from '../../kafka/producer/producer.ts'
import { createLog } from '../../lib/log.ts'
import { createMetrics } from '../../lib/metrics.ts'
import { EventIngester } from './ingest-event.ts'
import { type InvocationContext, invokeAgain, nearsTimeout } from './invoke-again.ts'
import { decodeTasks } from './tasks.ts'

const config = readConfig(process.env)
const cluster = openCluster(config)
const s3 = new S3Client(s3ClientSettings)
const direct = new DirectRequests(s3)
const ingester = new EventIngester({
  bucketOf: (name) => new S3Bucket(s3, name, direct),
  producer: new WarmProducer(() => Producer.open(cluster, config.topics.books)),
  log: createLog('ingest'),
  metrics: createMetrics('ingest', config.metricsNamespace),
})

/** @throws when a book cannot be written, so that Lambda retries the event */
export async function handler(event: unknown, context: InvocationContext): Promise<void> {
  const timeIsUp = nearsTimeout(context)
  await ingester.ingest(decodeTasks(event), { timeIsUp, invokeLater: (task) => invokeAgain(context, task) })
}

process.once('SIGTERM', () => {
  void ingester.close()
  cluster.close()
})
