import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import { books as command } from '../harness/books.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { type KcatRecord, kcat, kcatRecords, withoutKcat } from '../harness/kcat.ts'
import { temporaryFolder } from '../harness/names.ts'
import {
  lineCountByPython,
  linesByPython,
  python,
  withoutAwsCli,
  withoutKafkaPython,
} from '../harness/python.ts'
import { newSystem, type System } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'

const folder = temporaryFolder()
const words = (count: number, end: string) =>
  Array.from({ length: count }, (_, i) => `line ${i + 1} of many${end}`).join('')

/** Every kind of text that must be counted correctly. */
const books: Record<string, Buffer> = {
  'plain.txt': Buffer.from(words(120, '\n')),
  'crlf.txt': Buffer.from(words(75, '\r\n')),
  'lone-cr.txt': Buffer.from(words(33, '\r')),
  'mixed-ends.txt': Buffer.from('a\rb\r\nc\n\r\rd\n\n\r\n'),
  'blank-lines.txt': Buffer.from('\n\nfirst\n\n\nlast\n\n'),
  'no-final-newline.txt': Buffer.from('one\ntwo\nthree'),
  'one-line': Buffer.from('x'),
  'latin-1.txt': Buffer.from('caf\xe9\nna\xefve\n\xff\xfe\n', 'latin1'),
  'compressed.txt.gz': gzipSync(words(210, '\n')),
  'folder/sub folder/ünïcödé – 书 📚 a+b%20c.txt': Buffer.from(words(17, '\n')),
  'quote"and\nnewline.txt': Buffer.from(words(5, '\n')),
}

describe('upload a book, see its lines counted', { skip: withoutKcat }, () => {
  let system: System
  let s3: S3Client

  before(async () => {
    system = await newSystem({ S3_RETRY_DELAYS_MS: '100,100' })
    await system.start()
    s3 = s3ClientFor(system.config.s3Endpoint)
  })
  after(async () => {
    s3.destroy()
    await system.stop()
  })

  it('counts every kind of text as Python does, with each line in the log, byte for byte and in order', async () => {
    for (const [name, content] of Object.entries(books)) await put(s3, system, name, content)
    await put(s3, system, 'empty.txt', Buffer.alloc(0))
    const expected = Object.fromEntries(
      Object.entries(books).map(([name, content]) => [name, pythonCount(name, content)]),
    )
    await countsBecome(system, expected)

    const lines = byKey(await kcatRecords(brokersOf(system), system.config.topics.books))
    const counts = byKey(await kcatRecords(brokersOf(system), system.config.topics.bookCount))
    for (const [name, content] of Object.entries(books)) {
      const records = lines.get(name)!
      assert.equal(new Set(records.map(({ partition }) => partition)).size, 1, `${name} is in one partition`)
      assert.deepEqual(
        records.map(({ value }) => value?.toString('latin1')),
        pythonLines(name, content),
        name,
      )
      const updates = counts.get(name)!.map(({ value }) => Number(value))
      assert.deepEqual(
        updates,
        Array.from({ length: expected[name]! }, (_, i) => i + 1),
        `${name} counts up`,
      )
      assert.equal(counts.get(name)![0]!.partition, records[0]!.partition)
    }
    assert.equal(counts.has('empty.txt'), false, 'an empty book has no count')
  })

  it('changes no count when a book is uploaded again unchanged', async () => {
    const before = await kcatRecords(brokersOf(system), system.config.topics.bookCount)
    const lines = await lineTotal(system)
    await put(s3, system, 'plain.txt', books['plain.txt']!)
    await waitFor(() => lineTotal(system), { within: 30_000, until: (total) => total === lines + 120 })
    await counted(system)
    assert.deepEqual(await kcatRecords(brokersOf(system), system.config.topics.bookCount), before)
  })

  it('ends at the new count when a longer or a shorter book replaces it', async () => {
    await put(s3, system, 'plain.txt', Buffer.from(words(300, '\n')))
    await countsBecome(system, { 'plain.txt': 300 })
    await put(s3, system, 'plain.txt', Buffer.from(words(8, '\n')))
    await countsBecome(system, { 'plain.txt': 8 })
  })

  it('publishes null for a deleted book, and removes it from the table of counts', async () => {
    const table = async () => (await command(commandEnvironment(system), 'counts')).stdout
    assert.match(await table(), /crlf\.txt +75/)
    await s3.send(new DeleteObjectCommand({ Bucket: system.config.bucket, Key: 'crlf.txt' }))
    await countsBecome(system, { 'crlf.txt': null })
    const after = await table()
    assert.doesNotMatch(after, /crlf\.txt/)
    assert.match(after, /lone-cr\.txt +33/)
  })

  it('counts a book that the AWS CLI uploads', { skip: withoutAwsCli }, async () => {
    const file = saved('aws.txt', Buffer.from(words(61, '\n')))
    const target = `s3://${system.config.bucket}/by the AWS CLI.txt`
    const { accessKeyId, secretAccessKey } = system.config.s3Credentials
    const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    execFileSync('aws', ['--endpoint-url', system.config.s3Endpoint, 's3', 'cp', file, target], {
      env: { ...process.env, ...credentials, AWS_DEFAULT_REGION: system.config.region },
    })
    await countsBecome(system, { 'by the AWS CLI.txt': 61 })
  })

  it('keeps an upload that is not text as a failure until its redrive succeeds', async () => {
    const failures = async () => (await command(commandEnvironment(system), 'failures')).stdout
    await put(s3, system, 'picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0x0a]))
    await put(s3, system, 'beside.txt', Buffer.from(words(4, '\n')))
    await countsBecome(system, { 'beside.txt': 4 })
    await waitFor(failures, {
      within: 30_000,
      every: 500,
      until: (table) => /picture\.png .*not text/.test(table),
    })

    const again = await command(commandEnvironment(system), 'redrive')
    assert.match(again.stdout, /^picture\.png\tfailed again: .*not text/)
    assert.equal(again.code, 1)

    await put(s3, system, 'picture.png', Buffer.from(words(6, '\n')))
    await countsBecome(system, { 'picture.png': 6 })
    const redriven = await command(commandEnvironment(system), 'redrive')
    assert.equal(redriven.stdout, 'picture.png\tingested\n')
    assert.equal(redriven.code, 0)
    assert.equal(await failures(), '')
    await counted(system)
    assert.equal((await lastCounts(system))['picture.png'], 6)
  })

  it('upload --wait reports immediately why a book cannot be counted', async () => {
    const file = saved('image.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0x0a]))
    const text = join(folder, 'good.txt')
    writeFileSync(text, words(3, '\n'))
    const args = ['upload', file, text, '--prefix', 'waited/', '--wait']
    const { stdout, stderr, code } = await command(commandEnvironment(system), ...args, '--json')
    const [failed, good] = stdout.split('\n')
    assert.match(failed!, /^{"book":"waited\/book","bytes":6,"error":".*is not text: byte 4 is NUL\./)
    assert.equal(good, '{"book":"waited/good.txt","bytes":45,"lines":3}')
    assert.match(stderr, /^"waited\/book" was not counted: .*not text/m)
    assert.match(stderr, /^Counted 1 of 2 books, 3 lines\.\n1 of 2 uploads failed\.\n$/m)
    assert.equal(code, 1)
    assert.match(
      (await command(commandEnvironment(system), 'redrive', '--json')).stdout,
      /^{"book":"waited\/book","ingested":false,"error":".*not text/,
    )
  })

  it('counts lines of other producers', async () => {
    const input = Array.from({ length: 40 }, (_, i) => `foreign-${i % 4}|line ${i}`).join('\n')
    const partitioner = ['-X', 'topic.partitioner=murmur2_random']
    await kcat(
      ['-P', '-b', brokersOf(system), '-t', system.config.topics.books, '-K', '|', ...partitioner],
      input,
    )
    await countsBecome(system, { 'foreign-0': 10, 'foreign-1': 10, 'foreign-2': 10, 'foreign-3': 10 })
  })

  it('counts lines of kafka-python, in the partitions that it chooses', {
    skip: withoutKafkaPython,
  }, async () => {
    const program = `
import sys
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers=sys.argv[1])
for i in range(30):
    producer.send(sys.argv[2], key=('plain.txt' if i % 2 else 'python-%d' % (i % 3)).encode(), value=b'line %d' % i)
producer.flush()
producer.close()
`
    python(program, [brokersOf(system), system.config.topics.books])
    await countsBecome(system, { 'plain.txt': 23, 'python-0': 5, 'python-1': 5, 'python-2': 5 })
    const lines = byKey(await kcatRecords(brokersOf(system), system.config.topics.books))
    assert.equal(new Set(lines.get('plain.txt')!.map(({ partition }) => partition)).size, 1)
  })

  it('rebuilds every count after the state topic was deleted, while lines arrive', async () => {
    const { 'plain.txt': plain } = await lastCounts(system) // with kafka-python's lines, if there were any
    assert.ok(plain! >= 8)
    await put(s3, system, 'keeps-arriving.txt', Buffer.from(words(20_000, '\n')))
    await system.stop()
    await system.start()
    const admin = new Admin(openCluster(system.config))
    await admin.deleteTopic(system.config.topics.bookCountState)
    admin.close()
    await system.stop()
    await system.start()
    await put(s3, system, 'after.txt', Buffer.from(words(50, '\n')))
    await countsBecome(system, {
      'keeps-arriving.txt': 20_000,
      'after.txt': 50,
      'plain.txt': plain!,
      'lone-cr.txt': 33,
    })
  })

  it('publishes exact counts when every process is killed during uploads', async () => {
    const several = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`killed-${i}.txt`, 30_000 + i]))
    for (const [name, lines] of Object.entries(several))
      await put(s3, system, name, Buffer.from(words(lines, '\n')))
    await waitFor(
      async () => Object.keys(await lastCounts(system)).some((name) => name.startsWith('killed-')),
      {
        within: 60_000,
      },
    )
    await system.killAll()
    await system.start()
    await countsBecome(system, several)
    const counts = byKey(await kcatRecords(brokersOf(system), system.config.topics.bookCount))
    for (const [name, lines] of Object.entries(several)) {
      const updates = counts.get(name)!.map(({ value }) => Number(value))
      assert.deepEqual(
        updates,
        Array.from({ length: lines }, (_, i) => i + 1),
        `${name}: none missing, none twice`,
      )
    }
  })

  it('counts a book of 100 MB, each update once', async () => {
    const line = 'It was the best of times, it was the worst of times, it was the age of wisdom,\n'
    const lines = Math.ceil(100_000_000 / line.length)
    await put(s3, system, 'large.txt', Buffer.from(line.repeat(lines)))
    const { bookCount } = system.config.topics
    const last = await waitFor(() => lastCountOf(system, 'large.txt'), {
      within: 240_000,
      every: 1_000,
      until: (count) => count === lines,
    })
    assert.equal(last, lines)
    const counts = byKey(await kcatRecords(brokersOf(system), bookCount)).get('large.txt')!
    assert.ok(
      counts.every(({ value }, i) => Number(value) === i + 1),
      'the counts go up by one',
    )
    assert.equal(counts.length, lines)
  })
})

function brokersOf(system: System): string {
  return system.config.brokers.join(',')
}

async function put(s3: S3Client, system: System, name: string, content: Buffer): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: system.config.bucket, Key: name, Body: content }))
}

function saved(name: string, content: Buffer): string {
  const file = join(folder, `book${name.endsWith('.gz') ? '.gz' : ''}`)
  writeFileSync(file, content)
  return file
}

function pythonCount(name: string, content: Buffer): number {
  return lineCountByPython(saved(name, content))
}

/** The lines without their ends, split by Python. */
function pythonLines(name: string, content: Buffer): string[] {
  return linesByPython(saved(name, content))
}

function byKey(records: readonly KcatRecord[]): Map<string, KcatRecord[]> {
  const groups = new Map<string, KcatRecord[]>()
  for (const record of records) {
    const key = String(record.key)
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key)!.push(record)
  }
  return groups
}

async function lastCounts(system: System): Promise<Record<string, number | null>> {
  const counts: Record<string, number | null> = {}
  for (const { key, value } of await kcatRecords(brokersOf(system), system.config.topics.bookCount)) {
    counts[String(key)] = value === null ? null : Number(value)
  }
  return counts
}

/** Reads the state, which is shorter than all updates. */
async function lastCountOf(system: System, name: string): Promise<number | undefined> {
  const states = await kcatRecords(brokersOf(system), system.config.topics.bookCountState)
  const last = states.findLast(({ key }) => String(key) === `book:${name}`)
  return last?.value ? JSON.parse(String(last.value)).lines : undefined
}

function commandEnvironment(system: System): Record<string, string> {
  return Object.fromEntries(
    Object.entries(system.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

async function countsBecome(system: System, expected: Record<string, number | null>): Promise<void> {
  const seen = await waitFor(
    async () => {
      const counts = await lastCounts(system)
      return Object.fromEntries(Object.keys(expected).map((name) => [name, counts[name]]))
    },
    {
      within: 120_000,
      every: 300,
      until: (counts) => Object.keys(expected).every((name) => counts[name] === expected[name]),
    },
  )
  assert.deepEqual(seen, expected)
}

async function lineTotal(system: System): Promise<number> {
  return (await kcatRecords(brokersOf(system), system.config.topics.books)).length
}

/** Resolves when the mapping has committed everything that is in the log. */
async function counted(system: System): Promise<void> {
  const admin = new Admin(openCluster(system.config))
  try {
    const ends = await admin.offsets(system.config.topics.books, 'read_uncommitted')
    await waitFor(
      async () => {
        const next = new Map<number, number>()
        for (const { key, value, partition } of await kcatRecords(
          brokersOf(system),
          system.config.topics.bookCountState,
        )) {
          if (String(key) === 'checkpoint') next.set(partition, JSON.parse(String(value)).next)
        }
        return ends.every(({ partition, end }) => end === 0 || (next.get(partition) ?? 0) >= end)
      },
      { within: 30_000 },
    )
  } finally {
    admin.close()
  }
}
