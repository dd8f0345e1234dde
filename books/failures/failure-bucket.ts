import type { S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type FailureRecord, type FailureRecords, shownFailures } from './failed-books.ts'

/**
 * Reads the last week's records from a bucket. Lambda's names sort by time:
 * `aws/lambda/async/FUNCTION/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID` (page `invocation-async-retain-records`).
 */
export class FailureBucket implements FailureRecords {
  readonly #bucket: string
  readonly #prefix: string
  readonly #now: () => number
  #s3: S3Client | undefined
  /** Records never change. */
  #texts = new Map<string, string>()

  /** @param prefix the names' part before the year */
  constructor(bucket: string, prefix: string, now: () => number = Date.now, s3?: S3Client) {
    this.#bucket = bucket
    this.#prefix = prefix
    this.#now = now
    this.#s3 = s3
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
        `The failure records in the bucket ${this.#bucket} cannot be read: ${messageOf(error)}. Reading requires s3:ListBucket and s3:GetObject.`,
        { retryable: true, cause: error },
      )
    }
  }

  async remove(id: string): Promise<void> {
    const { s3, DeleteObjectCommand } = await this.#sdk()
    await s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: id }))
  }

  async #keys(): Promise<string[]> {
    const weekAgo = new Date(this.#now() - 7 * 24 * 3_600_000).toISOString()
    const from = `${this.#prefix}${weekAgo.slice(0, 10).replaceAll('-', '/')}`
    const keys: string[] = []
    const { s3: client, paginateListObjectsV2 } = await this.#sdk()
    const query = { Bucket: this.#bucket, Prefix: this.#prefix, StartAfter: from }
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, query)) {
      for (const { Key } of Contents) if (Key !== undefined) keys.push(Key)
    }
    return keys
  }

  async #text(key: string): Promise<string> {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const { s3, GetObjectCommand } = await this.#sdk()
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
    return (await Body?.transformToString()) ?? ''
  }

  /** Imports the SDK lazily, because most requests to the API do not need it. */
  async #sdk() {
    const { S3Client, DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } = await import(
      './s3-client.ts'
    )
    this.#s3 ??= new S3Client({ forcePathStyle: true })
    return { s3: this.#s3, DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 }
  }
}
