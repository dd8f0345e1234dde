import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, describe, it } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { freePort } from '../../../../../local/programs/ports.ts'
import { apache } from '../../../../harness/apache.ts'
import { books } from '../../../../harness/books.ts'
import { startBucket } from '../../../../harness/bucket.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { kcat, withoutKcat } from '../../../../harness/kcat.ts'
import { temporaryFolder, uniqueUserid } from '../../../../harness/names.ts'
import { waitFor } from '../../../../harness/wait-for.ts'

const ending: (() => unknown)[] = []
after(() => {
  for (const end of ending) end()
})

describe('books doctor', { skip: withoutKcat }, () => {
  it('reports no problem in a healthy system', async () => {
    const { env, put, mapping } = await user()
    await put('a.txt', 'one\ntwo\n')
    await books(env, 'backfill')
    await books(env, 'count', '--until-end')
    await mapping()
    const { stdout, stderr, code } = await books(env, 'doctor')
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(0, 10).trim()),
      [
        'brokers',
        'topics',
        'settings',
        'replicas',
        'bucket',
        'mapping',
        'lag',
        'counts',
        'spread',
        'books',
        'clock',
        'failures',
      ].map((check) => `✔ ${check}`),
      stdout,
    )
    assert.match(stdout, /counts +1 book, 2 lines/)
    assert.deepEqual([stderr, code], ['', 0])
  })

  it('reports each problem with advice, and exits with 1', async () => {
    const { env, put } = await user()
    await put('a.txt', 'one\ntwo\n')
    for (const partition of ['0', '1'])
      await kcat(['-P', '-b', env.BROKERS, '-t', `${env.USERID}.books`, '-p', partition, '-K', '|'], 'b|x')
    await books(env, 'count', '--until-end')
    await kcat(['-P', '-b', env.BROKERS, '-t', `${env.USERID}.books`, '-p', '0', '-K', '|'], 'b|x')
    const { stdout, stderr, code } = await books(env, 'doctor', '--json')
    const wrong = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ ok }) => !ok)
    assert.deepEqual(
      wrong.map(({ check }) => check),
      ['mapping', 'lag', 'spread', 'books'],
    )
    const [mapping, lag, spread, uncounted] = wrong
    assert.match(mapping.advice, /npm start/)
    assert.match(lag.found, /^1 record not counted, 3 not delivered$/)
    assert.match(spread.found, /1 book in several partitions: b$/)
    assert.match(uncounted.advice, /books -- backfill$/)
    assert.match(stderr, /4 checks failed/)
    assert.equal(code, 1)
  })

  it('reports a topic whose settings were changed with Apache’s tool', async () => {
    const { env } = await user()
    const topic = `${env.USERID}.books`
    const alter = ['--alter', '--entity-type', 'topics', '--entity-name', topic]
    const to = ['--bootstrap-server', env.BROKERS]
    await apache('configs', [...to, ...alter, '--add-config', 'retention.ms=86400000'])
    const { stdout } = await books(env, 'doctor')
    assert.match(
      stdout,
      new RegExp(`✖ settings +${topic} has retention.ms=86400000, not -1\\n +Set them with`),
    )
    await apache('configs', [...to, ...alter, '--add-config', 'retention.ms=-1'])
    assert.match((await books(env, 'doctor')).stdout, /✔ settings/)
  })

  it('reports missing topics, and the command that creates them', async () => {
    const { env } = await user()
    const { stdout, code } = await books({ ...env, USERID: 'nobody' }, 'doctor')
    assert.match(stdout, /✖ topics +missing: nobody\.books, .*\n +Run: npm run books -- topics create\n/)
    assert.doesNotMatch(stdout, /lag/)
    assert.equal(code, 1)
  })

  it('reports that the cluster and the bucket are unreachable', async () => {
    const [kafka, s3] = [await freePort(), await freePort()]
    const env = { USERID: 'me', BROKERS: `127.0.0.1:${kafka}`, S3_ENDPOINT: `http://127.0.0.1:${s3}` }
    const { stdout, code } = await books({ ...env, DATA_DIR: temporaryFolder() }, 'doctor')
    assert.match(stdout, /✖ brokers .*\n +Check BROKERS, KAFKA_SECURITY/)
    assert.match(stdout, /✖ bucket /)
    assert.equal(code, 1)
  })
})

async function user() {
  const { brokers } = await startKafka()
  const { endpoint, bucket, s3 } = await startBucket()
  const env = {
    USERID: uniqueUserid(),
    BROKERS: brokers,
    BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    DATA_DIR: temporaryFolder(),
  }
  await books(env, 'topics', 'create')
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

  /** Adds a member to the mapping's group. */
  async function mapping(): Promise<void> {
    const group = ['-b', brokers, '-G', `${env.USERID}.count`, `${env.USERID}.books`]
    const member = spawn('kcat', group, { stdio: ['ignore', 'ignore', 'pipe'] })
    ending.push(() => member.kill())
    let output = ''
    member.stderr.on('data', (chunk) => {
      output += chunk
    })
    await waitFor(() => /rebalanced/.test(output), { within: 30_000 })
  }

  return { env, put, mapping }
}
