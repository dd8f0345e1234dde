import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { it } from 'node:test'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { startBucket } from '../../../harness/bucket.ts'
import { startKillableSource } from './killable-source.ts'
import { newDataDir } from './tested-source.ts'

const megabyte = 1024 * 1024

it('transfers 100 MB in each direction while the memory of the proxy stays constant', async () => {
  const { endpoint, bucket, s3 } = await startBucket()
  const source = await startKillableSource({ endpoint, bucket, dataDir: newDataDir() })
  const object = { Bucket: bucket, Key: 'large' }
  const put = async (megabytes: number) => {
    const Body = Readable.from(
      (function* () {
        for (let i = 0; i < megabytes; i++) yield Buffer.alloc(megabyte, i)
      })(),
    )
    await source.s3.send(new PutObjectCommand({ ...object, Body, ContentLength: megabytes * megabyte }))
    let bytes = 0
    const { Body: stored } = await source.s3.send(new GetObjectCommand(object))
    for await (const chunk of stored as Readable) bytes += chunk.length
    assert.equal(bytes, megabytes * megabyte)
  }
  await put(10)
  const before = source.peakRss()
  await put(100)
  const grown = source.peakRss() - before
  assert.ok(before > 0 && grown < 40 * megabyte, `grew by ${Math.round(grown / megabyte)} MB`)
  await source.kill()
  s3.destroy()
})
