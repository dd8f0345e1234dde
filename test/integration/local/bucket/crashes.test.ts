import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { type KillableSource, startKillableSource } from './killable-source.ts'
import { newDataDir, startTestedSource } from './tested-source.ts'
import { startWatchedUpstream } from './watched-upstream.ts'

describe('an event source that is killed', () => {
  let bucket: TestBucket
  before(async () => {
    bucket = await startBucket()
  })
  after(() => bucket.s3.destroy())
  const object = (Key: string) => ({ Bucket: bucket.bucket, Key })

  /** The event source is killed after the last request of each change has succeeded in the S3 server. */
  const changes: Record<string, (s3: S3Client) => Promise<unknown>> = {
    put: (s3) => s3.send(new PutObjectCommand({ ...object('put'), Body: 'x' })),
    copy: (s3) =>
      s3.send(new CopyObjectCommand({ ...object('copy'), CopySource: `${bucket.bucket}/source` })),
    complete: async (s3) => {
      const { UploadId } = await bucket.s3.send(new CreateMultipartUploadCommand(object('complete')))
      const upload = { ...object('complete'), UploadId }
      const { ETag } = await bucket.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }))
      const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }))
    },
    delete: (s3) => s3.send(new DeleteObjectCommand(object('source'))),
    'bulk delete': (s3) =>
      s3.send(new DeleteObjectsCommand({ Bucket: bucket.bucket, Delete: { Objects: [{ Key: 'source' }] } })),
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`between the success of a ${name} and its event delivers the event after its restart`, async () => {
      await bucket.s3.send(new PutObjectCommand({ ...object('source'), Body: 'x' }))
      const dataDir = newDataDir()
      let killed: KillableSource | undefined
      const upstream = await startWatchedUpstream(bucket.endpoint, async ({ method }, { statusCode }) => {
        if (method !== 'HEAD' && statusCode! < 300) await killed?.kill()
      })
      killed = await startKillableSource({ endpoint: upstream.endpoint, bucket: bucket.bucket, dataDir })
      await assert.rejects(change(killed.s3))
      await upstream.close()
      assert.deepEqual(killed.received, [])

      const next = await startTestedSource(bucket, { dataDir, lateMs: 100 })
      const [received] = await waitFor(next.soFar, { within: 10_000, until: ({ length }) => length > 0 })
      await next.stop()
      const removed = name.endsWith('delete')
      assert.equal(received!.key, removed ? 'source' : name)
      assert.match(received!.name, removed ? /^ObjectRemoved:Delete$/ : /^ObjectCreated:/)
    })
  }

  it('delivers again only events that its function had not finished', async () => {
    const dataDir = newDataDir()
    const options = { endpoint: bucket.endpoint, bucket: bucket.bucket, dataDir }
    const keys = Array.from({ length: 50 }, (_, i) => `pending/${i}`)
    const first = await startKillableSource({ ...options, hangs: true })
    await Promise.all(keys.map((key) => first.s3.send(new PutObjectCommand({ ...object(key), Body: 'x' }))))
    await waitFor(() => first.received.length, { within: 10_000 })
    await first.kill()
    assert.equal(first.received.length, 1)

    const second = await startKillableSource(options)
    await waitFor(() => second.received, { within: 10_000, until: ({ length }) => length === keys.length })
    assert.deepEqual(second.received.map(({ key }) => key).sort(), keys.sort())
    await second.s3.send(new PutObjectCommand({ ...object('durable'), Body: 'x' }))
    await waitFor(() => second.received.some(({ key }) => key === 'durable'), { within: 10_000 })
    await second.s3.send(new PutObjectCommand({ ...object('last'), Body: 'x' }))
    await second.kill()

    const third = await startKillableSource(options)
    await third.s3.send(new PutObjectCommand({ ...object('end'), Body: 'x' }))
    await waitFor(() => third.received.some(({ key }) => key === 'end'), { within: 10_000 })
    await third.kill()
    assert.deepEqual(
      third.received.map(({ key }) => key).filter((key) => key !== 'last' && key !== 'durable'),
      ['end'],
    )
  })

  it('repeatedly during uploads loses no event of a successful upload', {
    timeout: 120_000,
  }, async () => {
    const dataDir = newDataDir()
    const options = { endpoint: bucket.endpoint, bucket: bucket.bucket, dataDir }
    const succeeded = new Set<string>()
    const delivered = new Set<string>()
    let uploads = 0
    for (let round = 0; round < 3; round++) {
      const source = await startKillableSource(options)
      const upload = async () => {
        for (;;) {
          const key = `crash/${uploads++}`
          await source.s3.send(new PutObjectCommand({ ...object(key), Body: key.repeat(1_000) }))
          succeeded.add(key)
        }
      }
      const uploaders = Promise.allSettled(Array.from({ length: 8 }, upload))
      await waitFor(() => succeeded.size > 40 * (round + 1), { within: 20_000, every: 5 })
      await source.kill()
      await uploaders
      for (const { key } of source.received) delivered.add(key)
    }
    const last = await startKillableSource(options)
    const missing = () =>
      [...succeeded].filter((key) => !delivered.has(key) && !last.received.some((one) => one.key === key))
    await waitFor(missing, { within: 20_000, until: ({ length }) => length === 0 })
    await last.kill()
  })
})
