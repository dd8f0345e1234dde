import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type FailureRecord, type FailureRecords, shownFailures } from './failed-books.ts'

/**
 * Reads the last week's records from a bucket. Lambda's names sort by time:
 * `aws/lambda/async/FUNCTION/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID` (page `invocation-async-retain-records`).
 */
export class FailureBucket implements FailureRecords {
  readonly #s3: S3Client
  readonly #bucket: string
  readonly #prefix: string
  readonly #now: () => number
  /** Records never change. */
  #texts = new Map<string, string>()

  /** @param prefix the names' part before the year */
  constructor(s3: S3Client, bucket: string, prefix: string, now: () => number = Date.now) {
    this.#s3 = s3
    this.#bucket = bucket
    this.#prefix = prefix
    this.#now = now
  }

  /** @throws BUCKET_UNAVAILABLE */
  async newest(): Promise<readonly FailureRecord[]> {
    try {
      const keys = (await this.#keys()).slice(-shownFailures).reverse()
      const records = await Promise.all(keys.map(async (id) => ({ id, text: await this.#text(id) })))
      this.#texts = new Map(records.map(({ id, text }) => [id, text]))
      return records
    } catch (error) {
      throw new AppError(
        'BUCKET_UNAVAILABLE',
        `Failures cannot be read from the bucket ${this.#bucket}: ${messageOf(error)}. Reading requires s3:ListBucket and s3:GetObject.`,
        { retryable: true, cause: error },
      )
    }
  }

  async remove(id: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: id }))
  }

  async #keys(): Promise<string[]> {
    const weekAgo = new Date(this.#now() - 7 * 24 * 3_600_000).toISOString()
    const from = `${this.#prefix}${weekAgo.slice(0, 10).replaceAll('-', '/')}`
    const keys: string[] = []
    const query = { Bucket: this.#bucket, Prefix: this.#prefix, StartAfter: from }
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#s3 }, query)) {
      for (const { Key } of Contents) if (Key !== undefined) keys.push(Key)
    }
    return keys
  }

  async #text(key: string): Promise<string> {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
    return (await Body?.transformToString()) ?? ''
  }
}

/** @param prefix the names' part before the year */
export function openFailureBucket(bucket: string, prefix: string): FailureBucket {
  return new FailureBucket(new S3Client({ forcePathStyle: true }), bucket, prefix)
}
