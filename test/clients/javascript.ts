/** Performs a plan of S3 operations with the AWS SDK for JavaScript, and prints the outcome of each as a line of JSON. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Outcome, S3Operation } from './operations.ts'

const [plan] = process.argv.slice(2)
const Bucket = process.env.BUCKET!
const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 1 })
const partSize = 5 * 1024 * 1024
const { version } = createRequire(import.meta.url)('@aws-sdk/client-s3/package.json') as { version: string }

console.log(JSON.stringify({ version: `@aws-sdk/client-s3 ${version}` }))
for (const operation of JSON.parse(readFileSync(plan!, 'utf8')) as S3Operation[]) {
  const outcome = await perform(operation).catch((error: unknown) => ({ ok: false, error: String(error) }))
  console.log(JSON.stringify(outcome))
}
s3.destroy()

async function perform(operation: S3Operation): Promise<Outcome> {
  switch (operation.op) {
    case 'put': {
      const { checksum, encoding, encryption, acl, tags, storageClass } = operation.with ?? {}
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key: operation.key,
          Body: readFileSync(operation.file),
          ...(checksum && { ChecksumAlgorithm: checksum }),
          ...(encoding && { ContentEncoding: encoding }),
          ...(encryption && { ServerSideEncryption: encryption }),
          ...(acl && { ACL: acl }),
          ...(tags && { Tagging: tags }),
          ...(storageClass && { StorageClass: storageClass }),
        }),
      )
      return { ok: true }
    }
    case 'stream':
    case 'parts': {
      const Body =
        operation.op === 'parts'
          ? readFileSync(operation.file)
          : createReadStream(operation.file).map((x) => x)
      await new Upload({ client: s3, partSize, params: { Bucket, Key: operation.key, Body } }).done()
      return { ok: true }
    }
    case 'copy': {
      if (operation.inParts) return { ok: 'unsupported' }
      const CopySource = sourceOf(operation.from)
      await s3.send(new CopyObjectCommand({ Bucket, Key: operation.key, CopySource }))
      return { ok: true }
    }
    case 'modify': {
      const { key: Key } = operation
      const replaced = { MetadataDirective: 'REPLACE', Metadata: { author: 'Melville' } } as const
      await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: sourceOf(Key), ...replaced }))
      return { ok: true }
    }
    case 'delete':
      await s3.send(new DeleteObjectCommand({ Bucket, Key: operation.keys[0] }))
      return { ok: true }
    case 'delete-many': {
      const Objects = operation.keys.map((Key) => ({ Key }))
      const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      return Errors.length === 0 ? { ok: true } : { ok: false, error: JSON.stringify(Errors) }
    }
    case 'tag': {
      const Tagging = { TagSet: [{ Key: 'shelf', Value: '1' }] }
      await s3.send(new PutObjectTaggingCommand({ Bucket, Key: operation.key, Tagging }))
      return { ok: true }
    }
    case 'read': {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: operation.key }))
      const bytes = await Body!.transformToByteArray()
      return { ok: true, md5: createHash('md5').update(bytes).digest('hex') }
    }
    case 'list': {
      const keys: string[] = []
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: s3 },
        { Bucket, Prefix: operation.prefix },
      ))
        keys.push(...Contents.map(({ Key }) => Key!))
      return { ok: true, keys }
    }
    case 'move':
      return { ok: 'unsupported' }
    default:
      return operation satisfies never
  }
}

function sourceOf(key: string): string {
  return `${Bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
}
