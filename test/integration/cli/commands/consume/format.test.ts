import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCluster } from '../../../../../books/cluster.ts'
import { TransactionalProducer } from '../../../../../kafka/producer/transactional-producer.ts'
import { apache } from '../../../../harness/apache.ts'
import { kcat, withoutKcat } from '../../../../harness/kcat.ts'
import { all, consumer, numbered } from './user.ts'

const byKcat = { skip: withoutKcat }

test('formats a message as kcat does', byKcat, async () => {
  const { brokers, topic, produce, consume } = await consumer(3)
  await produce(
    'a:1\nß:\n:x y\nb:\xff',
    'test1',
    '--key-separator',
    ':',
    '--headers',
    'h=1',
    '--headers',
    'i=',
  )
  const format = '%t|%p|%o|%k|%s|%K|%S|%T|%h|%%\\t\\x41'
  for (const partition of ['0', '1', '2']) {
    const place = ['-t', topic, '-p', partition, '-o', 'beginning']
    const theirs = await kcat(['-C', '-q', '-e', '-b', brokers, ...place, '-f', `${format}\\n`])
    const ours = await consume('test1', '--partition', partition, ...all, '--format', format)
    assert.deepEqual(ours.bytes, theirs)
  }
})

test('writes bytes unchanged, and null as Apache’s console consumer does', byKcat, async () => {
  const { brokers, topic, produce, consume } = await consumer()
  const binary = Buffer.from([0, 1, 0xff, 0x80, 9, 27])
  await produce(binary, 'test1')
  await produce('NULL\n', 'test1', '--null-marker', 'NULL')
  const ours = await consume('test1', ...all)
  assert.deepEqual(ours.bytes, Buffer.concat([binary, Buffer.from('\nnull\n')]))
  const args = ['--bootstrap-server', brokers, '--topic', topic, '--from-beginning', '--max-messages', '2']
  assert.deepEqual(ours.bytes, await apache('console-consumer', args))
})

test('distinguishes text, bytes and null in JSON', async () => {
  const { topic, produce, consume } = await consumer()
  await produce('ß "x"\n', 'test1', '--key', 'null', '--headers', 'h=1')
  await produce(Buffer.from([0xff, 10]), 'test1')
  await produce('NULL\n', 'test1', '--null-marker', 'NULL')
  const { stdout } = await consume('test1', ...all, '--json')
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.ok(found.every(({ timestamp }) => Math.abs(timestamp - Date.now()) < 600_000))
  const common = { topic, partition: 0, key: null, headers: [] }
  assert.deepEqual(
    found.map(({ timestamp, ...rest }) => rest),
    [
      { ...common, offset: 0, key: 'null', value: 'ß "x"', headers: [['h', '1']] },
      { ...common, offset: 1, value: { base64: '/w==' } },
      { ...common, offset: 2, value: null },
    ],
  )
})

test('prints JSON values as JSON, and reports the offset of a value that is not JSON', async () => {
  const { topic, produce, consume } = await consumer()
  await produce('{"a":[1]}\n42\nnonsense\n', 'test1')
  const { stdout, stderr, code } = await consume('test1', ...all, '--json-values')
  assert.equal(code, 1)
  assert.match(stderr, /^The value at t\w+\.test1\[0\] offset 2 is not JSON: .* Use --json to print/)
  const values = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    values.map(({ topic: of, value }) => [of, value]),
    [
      [topic, { a: [1] }],
      [topic, 42],
    ],
  )
})

test('reads records with each kind of compression', byKcat, async () => {
  const { brokers, topic, consume } = await consumer()
  const lines = numbered(500)
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd', 'none'])
    await kcat(['-P', '-b', brokers, '-t', topic, '-z', codec], lines)
  assert.equal((await consume('test1', ...all)).stdout, lines.repeat(5))
})

test('shows only committed records unless --uncommitted is set', byKcat, async () => {
  const { env, brokers, topic, produce, consume } = await consumer()
  const id = `${env.USERID}.transactions`
  const write = async (producer: TransactionalProducer, text: string) => {
    for (let i = 0; i < 3; i++) producer.produce(topic, 0, Buffer.from('k'), Buffer.from(`${text} ${i}`))
    await producer.flush()
  }
  const cluster = openCluster({ brokers: [brokers] })
  const first = await TransactionalProducer.open(cluster, id)
  await write(first, 'committed')
  await first.commit()
  await write(first, 'aborted')
  await produce('between\n', 'test1')
  // A new producer with the same id aborts the open transaction of the first.
  const second = await TransactionalProducer.open(cluster, id)
  await write(second, 'committed too')
  await second.commit()
  await produce('after\n', 'test1')
  await write(second, 'open')
  await produce('behind what is open\n', 'test1')
  for (const [isolation, args] of [
    ['read_committed', []],
    ['read_uncommitted', ['--uncommitted']],
  ] as const) {
    const settings = ['-X', `isolation.level=${isolation}`, '-o', 'beginning']
    const theirs = await kcat(['-C', '-q', '-e', '-b', brokers, '-t', topic, ...settings, '-f', '%o %s\n'])
    const ours = await consume('test1', ...all, '--format', '%o %v', ...args)
    assert.equal(ours.stdout, theirs.toString())
  }
  cluster.close()
})
