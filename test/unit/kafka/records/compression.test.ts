import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decompress as decompressByFzstd } from 'fzstd'
import { RecordReader, readBatches } from '../../../../kafka/records/batch-reader.ts'
import { keyField, noHeaders, RecordBatchWriter } from '../../../../kafka/records/batch-writer.ts'
import { decompress } from '../../../../kafka/records/compression.ts'
import { crc32c } from '../../../../kafka/records/crc32c.ts'

const codecs = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
type Codec = keyof typeof codecs

/** The text that fixtures/compressed.py compresses. */
const text = Buffer.from(Array.from({ length: 10_000 }, (_, i) => `line ${i % 100} of a book\n`).join(''))

const fixtures = readFileSync(new URL('fixtures/compressed.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [name = '', base64 = ''] = line.split(' ')
    return { name, codec: name.split('-')[0] as Codec, bytes: Buffer.from(base64, 'base64') }
  })

/** Positions in a batch (Kafka documentation, "Record Batch"). */
const at = { length: 8, checksum: 17, attributes: 21, body: 61 } as const

/** A batch at offset 5 whose records are these compressed bytes. `isIntact`: with the right checksum. */
function batchOf(codec: number, body: Buffer, isIntact = true): Buffer {
  const writer = new RecordBatchWriter(Buffer.alloc(0), 0)
  writer.add({ key: keyField(null), value: Buffer.from('x'), headers: noHeaders })
  const header = writer.sealed({ id: 1n, epoch: 0 }, 0).subarray(0, at.body)
  const batch = Buffer.concat([header, body])
  batch.writeBigInt64BE(5n)
  batch.writeInt32BE(batch.length - at.length - 4, at.length)
  batch.writeInt16BE(codec, at.attributes)
  batch.writeUInt32BE(crc32c(batch, at.attributes), at.checksum)
  if (!isIntact) batch[at.checksum]! ^= 1
  return batch
}

function readingOf(batch: Buffer): () => void {
  const [read] = readBatches(batch, 't[0]')
  return () => void new RecordReader(read!)
}

function unreadable(codec: Codec, reason: RegExp) {
  return {
    name: 'UnreadableBatchError',
    message: new RegExp(
      `^the record batch of t\\[0\\] at offset 5 cannot be read: ${codec}: ${reason.source}`,
    ),
  }
}

describe('decompress', () => {
  for (const { name, codec, bytes } of fixtures) {
    it(`expands ${name}`, () => assert.ok(decompress(codecs[codec], bytes).equals(text)))
  }

  for (const { name, bytes } of fixtures.filter(({ codec }) => codec === 'zstd')) {
    it(`expands ${name} without the zstd of Node.js`, () => {
      assert.ok(Buffer.from(decompressByFzstd(bytes)).equals(text))
    })
  }

  it('returns uncompressed bytes unchanged', () => assert.equal(decompress(0, text), text))

  it('rejects an unknown codec', () => {
    assert.throws(() => decompress(7, text), {
      message: 'the supported codecs are none, gzip, snappy, lz4, zstd',
    })
  })

  it('expands an LZ4 frame with an uncompressed block', () => {
    const frame = Buffer.from('04224d18604082030000800000000000000000', 'hex')
    const [head, tail] = [frame.subarray(0, 7), Buffer.alloc(4)]
    const size = Buffer.alloc(4)
    size.writeUInt32LE(0x8000_0003)
    const bytes = Buffer.concat([head, size, Buffer.from('abc'), tail])
    assert.equal(String(decompress(codecs.lz4, bytes)), 'abc')
  })

  it('expands an LZ4 match that overlaps its output', () => {
    const head = Buffer.from('04224d18604082', 'hex')
    // One literal, a match of 14 bytes at distance 1, then the literals "end".
    const block = Buffer.from([0x1a, 0x61, 1, 0, 0x30, ...Buffer.from('end')])
    const size = Buffer.alloc(4)
    size.writeUInt32LE(block.length)
    const bytes = Buffer.concat([head, size, block, Buffer.alloc(4)])
    assert.equal(String(decompress(codecs.lz4, bytes)), `${'a'.repeat(15)}end`)
  })

  it('rejects an LZ4 match before the start of the frame', () => {
    const head = Buffer.from('04224d18604082', 'hex')
    const block = Buffer.from([0x1a, 0x61, 2, 0])
    const size = Buffer.alloc(4)
    size.writeUInt32LE(block.length)
    const bytes = Buffer.concat([head, size, block, Buffer.alloc(4)])
    assert.throws(() => decompress(codecs.lz4, bytes), { message: 'the LZ4 frame is damaged' })
  })
})

describe('a reader of records', () => {
  for (const { name, codec, bytes } of fixtures) {
    it(`reports ${name} with a wrong checksum`, () => {
      const read = readingOf(batchOf(codecs[codec], bytes, false))
      assert.throws(read, unreadable(codec, /its checksum does not match$/))
    })
  }

  for (const [name, cutAt] of [
    ['gzip', 0.5],
    ['snappy-raw', 0.5],
    ['snappy-java', 0.25],
    ['snappy-java', 0.75],
    ['lz4-linked', 0.5],
    ['lz4-independent', 0.5],
    ['lz4-checksums', 0.5],
    ['zstd', 0.5],
  ] as const) {
    it(`reports ${name} that is cut off at ${100 * cutAt} %`, () => {
      const { codec, bytes } = fixtures.find((fixture) => fixture.name === name)!
      const cut = bytes.subarray(0, bytes.length * cutAt)
      assert.throws(readingOf(batchOf(codecs[codec], cut)), unreadable(codec, /./))
    })
  }

  for (const codec of Object.keys(codecs) as Codec[]) {
    it(`reports bytes that are not ${codec}`, () => {
      const read = readingOf(batchOf(codecs[codec], Buffer.alloc(100, 0xa5)))
      assert.throws(read, unreadable(codec, /./))
    })
  }

  it('reports an unknown codec', () => {
    assert.throws(readingOf(batchOf(7, text)), {
      name: 'UnreadableBatchError',
      message:
        'the record batch of t[0] at offset 5 cannot be read: codec 7: the supported codecs are none, gzip, snappy, lz4, zstd',
    })
  })

  it('reports a batch that is shorter than its header', () => {
    for (const length of [-12, 0, 48]) {
      const batch = batchOf(0, text)
      batch.writeInt32BE(length, at.length)
      assert.throws(() => [...readBatches(batch, 't[0]')], {
        name: 'UnreadableBatchError',
        message: 'the record batch of t[0] at offset 5 cannot be read: it is shorter than its header',
      })
    }
  })
})
