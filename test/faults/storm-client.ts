import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { LocalConfig } from '../../local/settings/config.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import type { Random } from '../harness/random.ts'

/** Contents that all clients of all storms upload. Each line names its content, so that no two have a line in common. */
const contents = [0, 1, 3, 9, 41, 300, 1_500].map((lines, i) =>
  Buffer.from(Array.from({ length: lines }, (_, number) => `content ${i}, line ${number}\n`).join('')),
)
/** Two parts. All parts but the last have at least 5 MiB. */
const parts = [
  Buffer.from(Array.from({ length: 600 }, (_, i) => `part 1, line ${i} ${'x'.repeat(9_000)}\n`).join('')),
  Buffer.from('part 2, line 1\npart 2, line 2'),
]
const known = new Set([...contents, Buffer.concat(parts)].map(md5Of))

/** One client that sends requests for random objects until it is ended. Failed requests are not repeated. */
export class StormClient {
  requests = 0
  failed = 0
  reads = 0
  /** Reads that returned no content that any client uploaded, or the ETag of another one. */
  readonly torn: string[] = []
  readonly #random: Random
  readonly #config: LocalConfig
  readonly #keys: readonly string[]
  #ended = false

  constructor(random: Random, config: LocalConfig, keys: readonly string[]) {
    this.#random = random
    this.#config = config
    this.#keys = keys
  }

  async storm(): Promise<void> {
    const s3 = s3ClientFor(this.#config.s3Endpoint)
    while (!this.#ended) {
      try {
        await this.#act(s3)
      } catch (error) {
        this.failed++
        // Without an HTTP response, the proxy does not run: it is being restarted.
        if (!(error instanceof S3ServiceException)) await delay(20)
      }
      this.requests++
    }
    s3.destroy()
  }

  end(): void {
    this.#ended = true
  }

  /** Uploads this content again, or removes the object again. */
  async repeat(key: string, content: Buffer | undefined): Promise<void> {
    const s3 = s3ClientFor(this.#config.s3Endpoint)
    const object = { Bucket: this.#config.bucket, Key: key }
    if (content === undefined) await s3.send(new DeleteObjectCommand(object))
    else await s3.send(new PutObjectCommand({ ...object, Body: content }))
    s3.destroy()
  }

  async #act(s3: S3Client): Promise<void> {
    const random = this.#random
    const { bucket: Bucket } = this.#config
    const Key = random.of(this.#keys)
    const Body = random.of(contents)
    const dice = random.next()
    if (dice < 0.45) await s3.send(new PutObjectCommand({ Bucket, Key, Body }))
    else if (dice < 0.5) await s3.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }))
    else if (dice < 0.54) await this.#putInParts(s3, Key)
    else if (dice < 0.66) {
      const CopySource = encodeURI(`${Bucket}/${random.of(this.#keys)}`).replaceAll('+', '%2B')
      await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource }))
    } else if (dice < 0.76) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    else if (dice < 0.8) {
      const Objects = this.#keys.slice(1).map((other) => ({ Key: other }))
      await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    } else await this.#read(s3, Key)
  }

  async #putInParts(s3: S3Client, Key: string): Promise<void> {
    const { bucket: Bucket } = this.#config
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const Parts = await Promise.all(
      parts.map(async (Body, i) => {
        const PartNumber = i + 1
        const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
        return { PartNumber, ETag }
      }),
    )
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  }

  async #read(s3: S3Client, Key: string): Promise<void> {
    const { ETag = '', Body } = await s3.send(new GetObjectCommand({ Bucket: this.#config.bucket, Key }))
    const md5 = md5Of(await Body!.transformToByteArray())
    this.reads++
    const named = /^"?([0-9a-f]{32})"?$/.exec(ETag)?.[1] ?? md5
    if (named !== md5 || !known.has(md5)) this.torn.push(`a read of ${Key} is torn: ETag ${ETag}, MD5 ${md5}`)
  }
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}
