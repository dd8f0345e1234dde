import type { S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { ingest } from '../../../books/ingest/ingest.ts'
import { S3Bucket } from '../../../books/ingest/s3-bucket.ts'
import type { Bucket } from '../../../books/ingest/stored-book.ts'
import { WarmProducer } from '../../../books/ingest/warm-producer.ts'
import { lineHeaderName } from '../../../books/line-header.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { Producer } from '../../../kafka/producer/producer.ts'

/** Runs the function's `ingest` in this process. */
export class BookIngester {
  readonly #s3: S3Client
  readonly #bucket: string
  readonly #cluster: Cluster
  readonly #producer: WarmProducer

  constructor(config: Config, s3: S3Client) {
    this.#s3 = s3
    this.#bucket = config.bucket
    this.#cluster = openCluster(config)
    this.#producer = new WarmProducer(() => Producer.open(this.#cluster, config.topics.books))
  }

  /**
   * @returns the number of acknowledged lines; undefined when `signal` stopped the ingestion
   * @throws the errors of `ingest`
   */
  async ingest(
    key: string,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<number | undefined> {
    const bucket = withByteProgress(new S3Bucket(this.#s3, this.#bucket), onBytes)
    const { lines, stopped } = await this.#producer.use((producer) => {
      const writer = producer.writer(Buffer.from(key), lineHeaderName)
      return ingest(key, { bucket, writer, timeIsUp: () => signal.aborted })
    })
    return stopped === undefined ? lines : undefined
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#producer.close()
    this.#cluster.close()
  }
}

function withByteProgress(bucket: Bucket, onBytes: (bytes: number) => void): Bucket {
  return {
    etag: (book) => bucket.etag(book),
    open: async (book, at) => {
      const stored = await bucket.open(book, at)
      return stored && { ...stored, chunks: listened(stored.chunks, onBytes) }
    },
  }
}

async function* listened(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    onBytes(chunk.length)
    yield chunk
  }
}
