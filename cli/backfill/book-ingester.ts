import type { S3Client } from '@aws-sdk/client-s3'
import { ingest } from '../../functions/ingest/ingest.ts'
import { S3Bucket } from '../../functions/ingest/s3-bucket.ts'
import type { Bucket } from '../../functions/ingest/stored-book.ts'
import { WarmProducer } from '../../functions/ingest/warm-producer.ts'
import type { Config } from '../../lib/config.ts'
import { LineProducer } from '../../lib/kafka/producer.ts'

/** The function's ingest in this process: the object as it is now, or its absence, into the log. */
export class BookIngester {
  readonly #s3: S3Client
  readonly #bucket: string
  readonly #producer: WarmProducer

  constructor(config: Config, s3: S3Client) {
    this.#s3 = s3
    this.#bucket = config.bucket
    this.#producer = new WarmProducer(() => LineProducer.open(config, config.topics.books))
  }

  /**
   * Resolves when every line is acknowledged, with their number; or early when it is stopped, with undefined.
   * @throws what `ingest` throws
   */
  async ingest(
    key: string,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<number | undefined> {
    const bucket = heard(new S3Bucket(this.#s3, this.#bucket), onBytes)
    const { lines, stopped } = await this.#producer.use((producer) =>
      ingest(key, { bucket, writer: producer.writer(Buffer.from(key)), timeIsUp: () => signal.aborted }),
    )
    return stopped === undefined ? lines : undefined
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#producer.close()
  }
}

/** The bucket, each byte of which is heard of when it is read. */
function heard(bucket: Bucket, onBytes: (bytes: number) => void): Bucket {
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
