/** Encodes record batches as a broker stores them, field by field from Kafka's documentation, as input of tests. */
import { gzipSync } from 'node:zlib'
import { compress as snappy } from 'snappyjs'
import { crc32c } from '../../kafka/records/crc32c.ts'

export type BatchedRecord = {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: readonly (readonly [string, Buffer])[]
}

const codecs = {
  none: [0, (bytes: Buffer) => bytes],
  gzip: [1, (bytes: Buffer) => gzipSync(bytes)],
  snappy: [2, (bytes: Buffer) => snappy(bytes)],
} as const

export type BatchCodec = keyof typeof codecs

export function recordBatch(
  records: readonly BatchedRecord[],
  { baseOffset = 0, codec = 'none' }: { readonly baseOffset?: number; readonly codec?: BatchCodec } = {},
): Buffer {
  const [codecBits, compress] = codecs[codec]
  const first = records[0]?.timestamp ?? 0
  const body = compress(Buffer.concat(records.map((record, i) => recordBytes(record, i, first))))
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(baseOffset), 0)
  head.writeInt32BE(head.length + body.length - 12, 8)
  head.writeInt32BE(-1, 12) // leader epoch
  head[16] = 2 // magic
  head.writeInt16BE(codecBits, 21)
  head.writeInt32BE(records.length - 1, 23)
  head.writeBigInt64BE(BigInt(first), 27)
  head.writeBigInt64BE(BigInt(Math.max(first, ...records.map(({ timestamp }) => timestamp))), 35)
  head.writeBigInt64BE(-1n, 43) // producer id
  head.writeInt16BE(-1, 51) // producer epoch
  head.writeInt32BE(-1, 53) // base sequence
  head.writeInt32BE(records.length, 57)
  const batch = Buffer.concat([head, body])
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

function recordBytes(record: BatchedRecord, offsetDelta: number, baseTimestamp: number): Buffer {
  const { key, value, timestamp, headers } = record
  const body = Buffer.concat([
    Buffer.alloc(1), // attributes
    varint(timestamp - baseTimestamp),
    varint(offsetDelta),
    field(key),
    field(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [field(Buffer.from(name)), field(content)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function field(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])
}

/** Encodes up to 64 bits in zigzag, seven bits per byte. */
function varint(number: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(number) << 1n) ^ (BigInt(number) >> 63n))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}
