import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { S3Event } from '../../../../lambda/s3-event.ts'
import type { invocationRecord } from '../../../../local/bucket/failure-folder.ts'
import { freePort, freePorts } from '../../../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { s3ClientFor, startBucket, type TestBucket } from '../../../harness/bucket.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { type ReceivedEvent, receivedEvents } from './tested-source.ts'

const serverless = join(
  dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
  'bin',
  'serverless.js',
)

describe('the plugin in serverless-offline', { timeout: 120_000 }, () => {
  const folder = temporaryFolder()
  let bucket: TestBucket
  let env: NodeJS.ProcessEnv
  let s3: S3Client
  let offline: ChildProcess
  let printed = ''

  before(async () => {
    bucket = await startBucket()
    const [s3Port, httpPort, lambdaPort] = await Promise.all([freePorts(2), freePort(), freePort()])
    env = {
      ...process.env,
      DATA_DIR: join(folder, 'data'),
      RECEIVED_FILE: join(folder, 'received'),
      S3_PORT: String(s3Port),
      HTTP_PORT: String(httpPort),
      LAMBDA_PORT: String(lambdaPort),
      BUCKET: bucket.bucket,
      S3_ENDPOINT: bucket.endpoint,
      S3_RETRY_DELAYS_MS: '10',
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    }
    s3 = s3ClientFor(`http://127.0.0.1:${s3Port}`)
    await start()
  })
  after(async () => {
    await stop()
    s3.destroy()
    bucket.s3.destroy()
  })

  async function start(): Promise<void> {
    printed = ''
    offline = spawn(process.execPath, [serverless, 'offline', 'start'], {
      cwd: fileURLToPath(new URL('./service', import.meta.url)),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const started = offline
    process.once('exit', () => started.kill('SIGKILL'))
    for (const stream of [started.stdout!, started.stderr!]) {
      stream.on('data', (chunk) => {
        printed += chunk
      })
    }
    await waitFor(() => /^S3 at http.*invoke texts, failing\.$/m.test(printed) || started.exitCode !== null, {
      within: 60_000,
    })
    assert.equal(started.exitCode, null, printed)
  }

  async function stop(): Promise<number | null> {
    if (offline.exitCode === null) {
      const ended = once(offline, 'exit')
      offline.kill('SIGINT')
      await ended
    }
    return offline.exitCode
  }

  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: bucket.bucket, Key, Body: 'x' }))
  const events = (): unknown[] =>
    existsSync(env.RECEIVED_FILE!)
      ? readFileSync(env.RECEIVED_FILE!, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
  const received = (): ReceivedEvent[] =>
    events().flatMap((event) => ('Records' in (event as object) ? receivedEvents(event as S3Event) : []))

  it('invokes the functions whose events and rules match, and logs it', async () => {
    await put('in/one two.txt')
    await put('in/other.pdf')
    await put('out/three.txt')
    await s3.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key: 'in/one two.txt' }))
    await waitFor(() => received().length === 2, { within: 20_000 })
    assert.deepEqual(
      received()
        .map(({ name, key }) => `${name} ${key}`)
        .sort(),
      ['ObjectCreated:Put in/one two.txt', 'ObjectRemoved:Delete in/one two.txt'],
    )
    const line = new RegExp(
      `^texts ← s3 ${bucket.bucket}/in/one two\\.txt ObjectCreated:Put ok \\d+ ms$`,
      'm',
    )
    await waitFor(() => line.test(printed), { within: 5_000 })
  })

  it('puts an event whose function keeps failing into the on-failure destination', async () => {
    await put('bad/book')
    const failures = join(env.DATA_DIR!, 'on-failure', 'failing')
    const [file] = await waitFor(() => readdirSync(failures).filter((name) => name.endsWith('.json')), {
      within: 20_000,
      until: ({ length }) => length > 0,
    })
    const record: ReturnType<typeof invocationRecord> = JSON.parse(
      readFileSync(join(failures, file!), 'utf8'),
    )
    assert.equal(record.requestContext.condition, 'RetriesExhausted')
    assert.equal(record.requestContext.approximateInvokeCount, 2)
    assert.equal(record.responsePayload?.errorType, 'TypeError')
    assert.deepEqual(
      receivedEvents(record.requestPayload as S3Event).map(({ key }) => key),
      ['bad/book'],
    )
    assert.match(
      printed,
      /failing ← s3 \S+\/bad\/book ObjectCreated:Put failed: TypeError: failing; retry in 0.01 s/,
    )
  })

  it('invokes a function asynchronously by its deployed name or its ARN, with retries', async () => {
    const lambda = new LambdaClient({
      endpoint: `http://127.0.0.1:${env.S3_PORT}`,
      region: localRegion,
      credentials: localCredentials,
      maxAttempts: 1,
    })
    const invoke = (FunctionName: string, InvocationType: 'Event' | 'RequestResponse' = 'Event') =>
      lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify({ go: 'on' }) }))
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:bucket-plugin-test-dev-failing'
    assert.equal((await invoke('bucket-plugin-test-dev-texts')).StatusCode, 202)
    assert.equal((await invoke(arn)).StatusCode, 202)
    const offlineArn = 'offline_invokedFunctionArn_for_bucket-plugin-test-dev-texts'
    assert.equal((await invoke(offlineArn)).StatusCode, 202)
    await assert.rejects(invoke('another'), { name: 'ResourceNotFoundException' })
    await assert.rejects(invoke('bucket-plugin-test-dev-texts', 'RequestResponse'), {
      name: 'InvalidParameterValueException',
    })
    lambda.destroy()
    const isOurs = (event: unknown) => isDeepStrictEqual(event, { go: 'on' })
    await waitFor(() => events().some(isOurs), { within: 20_000 })
    const failures = join(env.DATA_DIR!, 'on-failure', 'failing')
    const kept = () =>
      readdirSync(failures)
        .filter((name) => name.endsWith('.json'))
        .map(
          (name): ReturnType<typeof invocationRecord> =>
            JSON.parse(readFileSync(join(failures, name), 'utf8')),
        )
    const record = await waitFor(() => kept().find(({ requestPayload }) => isOurs(requestPayload)), {
      within: 20_000,
    })
    assert.equal(record?.requestContext.approximateInvokeCount, 2)
  })

  it('stops, starts again, and delivers later events', async () => {
    assert.equal(await stop(), 0)
    await start()
    await put('in/later.txt')
    await waitFor(() => received().some(({ key }) => key === 'in/later.txt'), { within: 20_000 })
  })
})
