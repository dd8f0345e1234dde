import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { freePort } from '../../../../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../../../../local/settings/s3-credentials.ts'
import { books } from '../../../../harness/books.ts'
import { startBucket } from '../../../../harness/bucket.ts'
import { temporaryFolder } from '../../../../harness/names.ts'
import { withoutAwsCli } from '../../../../harness/python.ts'

/** Uses the S3 server directly, without the event proxy. */
async function user() {
  const { endpoint, bucket, s3 } = await startBucket()
  return { env: { USERID: 'me', BUCKET: bucket, S3_PORT: new URL(endpoint).port }, bucket, s3 }
}

test('stores files in the bucket byte for byte, large ones in parts', async () => {
  const { env, bucket, s3 } = await user()
  const folder = temporaryFolder()
  const small = Buffer.from('one\r\ntwo\xff')
  const large = randomBytes(20_000_000)
  writeFileSync(join(folder, 'ß 1.txt'), small)
  writeFileSync(join(folder, 'large.bin'), large)
  const { stderr, code } = await books(
    env,
    'upload',
    join(folder, 'ß 1.txt'),
    join(folder, 'large.bin'),
    '--prefix',
    'p/',
  )
  assert.equal(stderr, `Uploaded 2 books (20.0 MB) to the bucket ${bucket}.\n`)
  assert.equal(code, 0)
  for (const [key, content] of [
    ['p/ß 1.txt', small],
    ['p/large.bin', large],
  ] as const) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    assert.ok(content.equals(await Body!.transformToByteArray()), key)
  }
})

test('uploads are listed as JSON', async () => {
  const { env } = await user()
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  writeFileSync(join(folder, 'empty.txt'), '')
  writeFileSync(join(folder, 'x\\x41'), '')
  const files = ['a.txt', 'empty.txt', 'x\\x41'].map((name) => join(folder, name))
  assert.equal(
    (await books(env, 'upload', ...files, '--json')).stdout,
    '{"book":"a.txt","bytes":4}\n{"book":"empty.txt","bytes":0}\n{"book":"x\\\\\\\\x41","bytes":0}\n',
  )
})

test('names with bidirectional controls are escaped in messages', async () => {
  const { env } = await user()
  const name = 'rlo\u202egpj.txt'
  const file = join(temporaryFolder(), name)
  const missing = await books(env, 'upload', file)
  assert.match(missing.stderr, /rlo\\u202egpj\.txt" cannot be read/)
  writeFileSync(file, 'one\n')
  const { stderr } = await books(env, 'upload', file)
  assert.match(stderr, /^Uploaded "rlo\\u202egpj\.txt"/)
})

test('the AWS CLI reads an uploaded book', { skip: withoutAwsCli }, async () => {
  const { env, bucket } = await user()
  const file = join(temporaryFolder(), 'ß 1.txt')
  const content = Buffer.from('one\r\ntwo\xff', 'latin1')
  writeFileSync(file, content)
  await books(env, 'upload', file)
  const endpoint = `http://127.0.0.1:${env.S3_PORT}`
  const found = execFileSync('aws', ['--endpoint-url', endpoint, 's3', 'cp', `s3://${bucket}/ß 1.txt`, '-'], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
      AWS_DEFAULT_REGION: localRegion,
    },
  })
  assert.ok(content.equals(found))
})

test('uploads the sample books', async () => {
  const { env, bucket, s3 } = await user()
  const { code } = await books(env, 'samples')
  assert.equal(code, 0)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  assert.ok(Contents.length === 139 || Contents.length === 10, `${Contents.length} books`)
})

test('reports an unreachable bucket with exit code 4, and a missing file with 3', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  const unreachable = await books(
    { USERID: 'me', S3_PORT: String(await freePort()) },
    'upload',
    join(folder, 'a.txt'),
  )
  assert.equal(unreachable.code, 4)
  assert.match(unreachable.stderr, /Uploading "a.txt" to books failed: .*npm start/)
  const missing = await books({ USERID: 'me' }, 'upload', join(folder, 'b.txt'))
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /b\.txt/)
})
