import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { failedBooks } from '../../../../books/failures/failed-books.ts'
import { FailureFolder } from '../../../../books/failures/failure-folder.ts'
import { asyncDefaults } from '../../../../local/bucket/async-function.ts'
import { startS3EventSource } from '../../../../local/bucket/event-source.ts'
import { readSubscription } from '../../../../local/bucket/subscriptions.ts'
import { ContainerPool } from '../../../../local/containers/pool.ts'
import { freePort } from '../../../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { s3ClientFor } from '../../../harness/bucket.ts'
import { setUp } from '../../../harness/ingest.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { TcpProxy } from '../../../harness/tcp-proxy.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const lines = Array.from({ length: 60_000 }, (_, number) => `line ${number} of a book that is read slowly`)
const bytesPerSecond = 250_000
const timeoutMs = 6_000

/** An archive with one small file, as Python's zipfile writes it. */
function zipByPython(name: string): Buffer {
  const program = 'import sys, zipfile; zipfile.ZipFile(sys.stdout.buffer, "w").writestr(sys.argv[1], "text")'
  const { stdout, status } = spawnSync('python3', ['-c', program, name])
  assert.equal(status, 0)
  return stdout
}

describe('the deployed ingest, invoked by the bucket', { skip: withoutKcat }, () => {
  it('continues in further invocations until every line of a slow book is written', async () => {
    const setup = await setUp()
    const source = await startLocalCloud(setup, bytesPerSecond)
    const s3 = s3ClientFor(`http://127.0.0.1:${source.port}`)
    await s3.send(new PutObjectCommand({ Bucket: setup.bucket, Key: 'slow book', Body: lines.join('\n') }))
    s3.destroy()
    // The read alone takes longer than the timeout.
    const isDone = () => source.lines.some((line) => line.includes('"Ingested"')) && source.isIdle()
    await waitFor(isDone, { within: 120_000 })
    const records = (await setup.recordsByBook()).get('slow book')!
    // A retry after a timeout writes lines again; counting ignores these.
    const numbered = new Map(records.map(({ headers, value }) => [headers.split(':')[1], String(value)]))
    assert.deepEqual([...numbered.values()], lines)
    assert.match(records.at(-1)!.headers, /:60000:end$/)
    const continued = source.lines.filter((line) => /^ingest ← s3 \S+\/slow book invoked ok /.test(line))
    assert.ok(continued.length >= 2, source.lines.join('\n'))
    assert.equal(existsSync(join(source.dataDir, 'on-failure')), false, source.lines.join('\n'))
  })

  it('keeps the event of an object that is not a book, with its reason, and ingests the others', async () => {
    const setup = await setUp()
    const source = await startLocalCloud(setup)
    const s3 = s3ClientFor(`http://127.0.0.1:${source.port}`)
    const put = (Key: string, Body: Buffer) =>
      s3.send(new PutObjectCommand({ Bucket: setup.bucket, Key, Body }))
    const rejected: Readonly<Record<string, { readonly bytes: Buffer; readonly reason: RegExp }>> = {
      'pages.zip': { bytes: zipByPython('page.txt'), reason: /"pages.zip" is not text/ },
      'novel.epub': { bytes: zipByPython('mimetype'), reason: /"novel.epub" is not text/ },
      'picture.png': { bytes: Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'), reason: /byte 8 is NUL/ },
      'one line.txt': {
        bytes: Buffer.from(`short\n${'x'.repeat(1_100_000)}`),
        reason: /Line 2 of "one line.txt" has at least 1\d{6} bytes/,
      },
      'broken.gz': {
        bytes: gzipSync('text\n').subarray(0, 15),
        reason: /"broken.gz" cannot be decompressed/,
      },
      'bomb.gz': {
        bytes: gzipSync(Buffer.alloc(20_000_000, `${'x'.repeat(999)}\n`)),
        reason: /"bomb.gz" unpacks to more/,
      },
    }
    const fine = ['fine.txt', 'two\nlines "quoted"', '📚'.repeat(50)]
    for (const key of fine) await put(key, Buffer.from('one\ntwo'))
    for (const [key, { bytes }] of Object.entries(rejected)) await put(key, bytes)
    for (const key of fine) await put(key, Buffer.from('one\ntwo\nthree'))
    s3.destroy()
    const kept = new FailureFolder(join(source.dataDir, 'on-failure', 'ingest'))
    const failures = await waitFor(() => failedBooks(kept), {
      within: 60_000,
      until: (found) => found.length === Object.keys(rejected).length && source.isIdle(),
    })
    const records = await setup.recordsByBook()
    for (const [key, { reason }] of Object.entries(rejected)) {
      assert.match(failures.find(({ book }) => book === key)?.reason ?? '', reason)
      assert.equal(records.get(key)?.at(-1)?.value, null, key)
    }
    for (const key of fine) assert.equal(String(records.get(key)?.at(-1)?.value), 'three', key)
  })
})

/** Starts the bucket's event source as its plugin does. Its containers of ingest read `rate` bytes per second. */
async function startLocalCloud(
  { brokers, endpoint, bucket, userid }: Awaited<ReturnType<typeof setUp>>,
  rate = Number.POSITIVE_INFINITY,
) {
  const slow = new TcpProxy()
  slow.leadTo(Number(new URL(endpoint).port))
  slow.rate = rate
  const slowEndpoint = `http://127.0.0.1:${await slow.listen()}`
  const port = await freePort()
  process.env.AWS_ACCESS_KEY_ID = localCredentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = localCredentials.secretAccessKey
  const lines: string[] = []
  const pool = new ContainerPool(
    {
      functionName: 'book-counts-dev-ingest',
      handler: 'functions/ingest/handler.handler',
      serviceDir: fileURLToPath(new URL('../../../..', import.meta.url)),
      timeoutMs,
      environment: {
        USERID: userid,
        BROKERS: brokers,
        BUCKET: bucket,
        AWS_ENDPOINT_URL_S3: slowEndpoint,
        AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
      },
    },
    ({ line }) => lines.push(line),
  )
  const dataDir = temporaryFolder()
  let running = 0
  const source = await startS3EventSource({
    port,
    endpoint,
    credentials: localCredentials,
    region: localRegion,
    isS3Proxy: true,
    dataDir,
    subscriptions: [readSubscription('ingest', { bucket, event: 's3:ObjectCreated:*' })],
    functions: [
      {
        ...asyncDefaults,
        functionKey: 'ingest',
        functionName: 'book-counts-dev-ingest',
        retryDelaysMs: [10],
        maximumRetryAttempts: rate === Number.POSITIVE_INFINITY ? 2 : 20,
        invoke: (payload, requestId) => {
          running++
          return pool.invoke(payload, { requestId }).finally(() => running--)
        },
      },
    ],
    log: (line) => lines.push(line),
  })
  after(async () => {
    source.stopRetrying()
    await pool.close()
    await source.stop()
  })
  return { port, dataDir, lines, isIdle: () => running === 0 }
}
