import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../../../../local/programs/ports.ts'
import { apache } from '../../../../harness/apache.ts'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { kcatRecords, withoutKcat } from '../../../../harness/kcat.ts'
import { temporaryFolder, uniqueUserid } from '../../../../harness/names.ts'
import { linesByPython } from '../../../../harness/python.ts'

async function user(partitions = 5) {
  const { brokers } = await startKafka()
  const env = { USERID: uniqueUserid(), BROKERS: brokers }
  await books(env, 'topics', 'create', 'ours', 'theirs', '--partitions', String(partitions))
  const records = (name: string) => kcatRecords(brokers, `${env.USERID}.${name}`)
  return { env, brokers, records }
}

function file(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}

const keyless = { skip: withoutKcat }

test('sends lines as the same messages as Apache’s console producer, in order', keyless, async () => {
  const { env, brokers, records } = await user(1)
  const text = 'one\r\n\n  two \rthree: ß…\n\r\nlast'
  const { stderr, code } = await booksWithInput(env, text, 'produce', 'ours')
  assert.equal(code, 0)
  assert.equal(stderr, `6 messages acknowledged in ${env.USERID}.ours (by partition 0: 6).\n`)
  await apache('console-producer', ['--bootstrap-server', brokers, '--topic', `${env.USERID}.theirs`], text)
  assert.deepEqual(await records('ours'), await records('theirs'))
})

test('sends keys to the partitions that Apache’s console producer chooses', keyless, async () => {
  const { env, brokers, records } = await user(7)
  const keys = ['a', 'ab', 'abc', 'abcd', 'some_key_1', 'ß', '😀😀', 'pg20417.txt', 'x'.repeat(300)]
  const lines = [...keys, ...Array.from({ length: 200 }, (_, i) => `book ${i}.txt`)]
  const text = lines.map((key, i) => `${key}:${i}\n`).join('')
  const { code } = await booksWithInput(env, text, 'produce', 'ours', '--key-separator', ':')
  assert.equal(code, 0)
  const properties = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']
  const to = ['--bootstrap-server', brokers, '--topic', `${env.USERID}.theirs`]
  await apache('console-producer', [...to, ...properties], text)
  assert.deepEqual(await records('ours'), await records('theirs'))
})

test('sends bytes that are not text unchanged', keyless, async () => {
  const { env, records } = await user(1)
  const content = Buffer.from(Array.from({ length: 2_000 }, (_, i) => (i * 7 + (i >> 8)) % 256))
  const path = file('binary', content)
  assert.equal((await books(env, 'produce', 'ours', path)).code, 0)
  const values = (await records('ours')).map(({ value }) => value!.toString('latin1'))
  assert.deepEqual(values, linesByPython(path))
})

test('sends several files in order, each with its name as key', keyless, async () => {
  const { env, records } = await user()
  const contents = [1, 2, 3].map((book) => Array.from({ length: 3_000 }, (_, i) => `${book} line ${i}`))
  const files = contents.map((lines, i) => file(`pg${i}.txt`, `${lines.join('\n')}\n`))
  const { stdout, code } = await books(env, 'produce', 'ours', ...files, '--key-from-file-name', '--json')
  assert.equal(code, 0)
  const found = await records('ours')
  contents.forEach((lines, i) => {
    const ofBook = found.filter(({ key }) => key!.toString() === `pg${i}.txt`)
    assert.equal(new Set(ofBook.map(({ partition }) => partition)).size, 1)
    assert.deepEqual(
      ofBook.map(({ value }) => value!.toString()),
      lines,
    )
  })
  const result = JSON.parse(stdout)
  assert.deepEqual([result.topic, result.acknowledged], [`${env.USERID}.ours`, 9_000])
  for (const { partition, acknowledged } of result.partitions) {
    assert.equal(found.filter((record) => record.partition === partition).length, acknowledged)
  }
})

test('spreads messages without a key, and keeps the order within each partition', keyless, async () => {
  const { env, records } = await user()
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} of a book that is long enough`)
  await booksWithInput(env, lines.join('\n'), 'produce', 'ours')
  const found = await records('ours')
  assert.equal(found.length, lines.length)
  for (let partition = 0; partition < 5; partition++) {
    const numbers = found
      .filter((record) => record.partition === partition)
      .map(({ value }) => Number(/\d+/.exec(value!.toString())![0]))
    assert.ok(numbers.length > 0, `partition ${partition} has messages`)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
  }
})

test('sets key, headers, partition and null values by options', keyless, async () => {
  const { env, records } = await user()
  const options = [
    '--key',
    'k',
    '--headers',
    'a=1',
    '--headers',
    'b=x=y',
    '--partition',
    '3',
    '--null-marker',
    'NULL',
  ]
  await booksWithInput(env, 'NULL\n\nvalue\n', 'produce', 'ours', ...options)
  const common = { partition: 3, key: Buffer.from('k'), headers: 'a=1,b=x=y' }
  assert.deepEqual(await records('ours'), [
    { ...common, offset: 0, value: null },
    { ...common, offset: 1, value: Buffer.from('') },
    { ...common, offset: 2, value: Buffer.from('value') },
  ])
})

test('rejects missing topics, unreadable files and invalid options before it sends a message', async () => {
  const { env, records } = await user(2)
  const path = file('a.txt', 'one\n')
  const folder = join(temporaryFolder(), 'folder')
  mkdirSync(folder)
  for (const [args, code, message] of [
    [['nothing', path], 3, `${env.USERID}.nothing. Create the topic`],
    [
      ['ours', path, '--partition', '2'],
      3,
      `${env.USERID}.ours has no partition 2: its last partition is 1.`,
    ],
    [['ours', path, '/no/such.txt'], 3, '"/no/such.txt" cannot be read: ENOENT'],
    [['ours', path, folder], 3, `"${folder}" cannot be read: it is a folder. Nothing was sent.`],
    [['ours', '--key-from-file-name'], 2, 'Standard input has no file name to use as key. Use --key.'],
    [['ours', path, '--key', 'a', '--key-separator', ':'], 2, 'Use only one of --key, --key-from-file-name'],
    [['ours', path, '--headers', 'nonsense'], 2, 'It must be key=value.'],
    [['ours', path, '--partition', '-1'], 2, 'It must be a whole number from 0.'],
  ] as const) {
    const result = await books(env, 'produce', ...args)
    assert.equal(result.code, code, result.stderr)
    assert.ok(result.stderr.includes(message), result.stderr)
  }
  if (!withoutKcat) assert.deepEqual(await records('ours'), [])
})

test('reports a file that cannot be read to its end', async () => {
  const { env } = await user(1)
  const { stderr, code } = await books(env, 'produce', 'ours', '/proc/self/mem')
  assert.equal(code, 3)
  assert.match(stderr, /^0 messages .*\n\/proc\/self\/mem cannot be read to its end: EIO/)
})

test('reports the messages that were acknowledged before an invalid line', async () => {
  const { env } = await user(1)
  const noKey = await booksWithInput(env, 'a:1\nb\nc:3\n', 'produce', 'ours', '--key-separator', ':')
  assert.equal(noKey.code, 2)
  assert.equal(
    noKey.stderr,
    `1 message acknowledged in ${env.USERID}.ours (by partition 0: 1).\nLine 2 of standard input has no key: it does not contain ":". Correct the line or the separator.\n`,
  )
  const long = await booksWithInput(env, `one\ntwo\n${'x'.repeat(1_100_000)}`, 'produce', 'theirs')
  assert.equal(long.code, 1)
  assert.equal(
    long.stderr,
    `2 messages acknowledged in ${env.USERID}.theirs (by partition 0: 2).\nLine 3 of standard input exceeds Kafka's limit of 1 MiB. Split the line, then send it and the lines after it.\n`,
  )
})

test('reports a line that the topic rejects, and does not count it', async () => {
  const { env } = await user(1)
  await books(env, 'topics', 'create', 'small', '--partitions', '1', '--config', 'max.message.bytes=1000')
  const { stderr, code } = await booksWithInput(env, 'x'.repeat(5_000), 'produce', 'small')
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^0 messages acknowledged in .*small\.\nA record without a key has 5000 bytes, more than .*small accepts/,
  )
})

test('exits with 4 and advice when no broker responds', async () => {
  const BROKERS = `127.0.0.1:${await freePort()}`
  const { stderr, code } = await booksWithInput({ USERID: 'me', BROKERS }, 'one\n', 'produce', 'test1')
  assert.equal(code, 4)
  assert.match(stderr, /npm start.*BROKERS/)
})
