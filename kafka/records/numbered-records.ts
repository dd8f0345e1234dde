import { wasm } from './numbered-records.wasm.ts'

/** Consecutive records of one key. `key` and `headers` are encoded (`keyField`, `headersField`). */
export type NumberedRecords = {
  readonly key: Buffer
  /** Of the first record. They end with a decimal number, which is one higher in each further record. */
  readonly headers: Buffer
  readonly bytes: Buffer
  /** Start and end of each value in `bytes`, in pairs and in order. */
  readonly ranges: Int32Array
}

type WrittenRecords = { readonly count: number; readonly bytes: Uint8Array }

type Exports = {
  readonly memory: WebAssembly.Memory
  write(
    range: number,
    lastRange: number,
    values: number,
    key: number,
    keyBytes: number,
    headers: number,
    headersBytes: number,
    offset: number,
    to: number,
    limit: number,
  ): [rangesEnd: number, end: number]
}

/** The memory holds values, ranges, fields and records. A step can exceed its part. */
const stepBytes = 16
const maxValuesBytes = 64 * 1024
const maxCount = 64 * 1024
const maxFieldsBytes = 4 * 1024
const maxRecordsBytes = 128 * 1024
const rangeBytes = 8
const rangesAt = maxValuesBytes + stepBytes
const fieldsAt = rangesAt + maxCount * rangeBytes
const recordsAt = fieldsAt + maxFieldsBytes + stepBytes

const module = new WebAssembly.Module(Buffer.from(wasm, 'base64'))
const { memory, write } = new WebAssembly.Instance(module).exports as Exports
const room = Buffer.from(memory.buffer)
const rangesRoom = new Int32Array(memory.buffer, rangesAt, 2 * maxCount)

/**
 * Writes the first records (numbered-records.wat): up to the first that exceeds this module's memory or `limit`, or
 * whose number has one more digit. Returns a view, valid until the next call.
 * @param offset offset delta of the first record
 * @param limit maximum size in bytes
 */
export function writeNumbered(
  { key, headers, bytes, ranges }: NumberedRecords,
  offset: number,
  limit: number,
): WrittenRecords {
  const start = ranges[0]!
  let count = Math.min(ranges.length / 2, maxCount)
  while (count > 0 && ranges[2 * count - 1]! - start > maxValuesBytes) count--
  if (key.length + headers.length > maxFieldsBytes || count === 0)
    return { count: 0, bytes: room.subarray(0, 0) }
  room.set(bytes.subarray(start, ranges[2 * count - 1]))
  rangesRoom.set(ranges.subarray(0, 2 * count))
  room.set(key, fieldsAt)
  const headersAt = fieldsAt + key.length
  room.set(headers, headersAt)
  const [rangesEnd, end] = write(
    rangesAt,
    rangesAt + count * rangeBytes,
    -start,
    fieldsAt,
    key.length,
    headersAt,
    headers.length,
    offset,
    recordsAt,
    recordsAt + Math.min(limit, maxRecordsBytes),
  )
  return { count: (rangesEnd - rangesAt) / rangeBytes, bytes: room.subarray(recordsAt, end) }
}
