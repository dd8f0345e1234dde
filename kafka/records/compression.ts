import * as zlib from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { uncompress as uncompressSnappy } from 'snappyjs'
import { decompressLz4 } from './lz4.ts'

/** Indexed by codec number (Kafka documentation, "Record Batch"). */
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Node.js has this function since 22.15; fzstd replaces it before. */
const nodeZstd = (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync

/** Java's producer writes snappy-java frames; others write one raw block. */
const snappyJavaMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const snappyJavaHeaderBytes = snappyJavaMagic.length + 8 // two version numbers

export function codecName(codec: number): string {
  return codecs[codec] ?? `codec ${codec}`
}

/** @throws for damaged bytes or an unknown codec */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const name = codecs[codec]
  switch (name) {
    case undefined:
      throw new Error(`only ${codecs.join(', ')} are known`)
    case 'none':
      return bytes
    case 'gzip':
      return zlib.gunzipSync(bytes)
    case 'snappy':
      return uncompressSnappyFrames(bytes)
    case 'lz4':
      return decompressLz4(bytes)
    case 'zstd':
      return nodeZstd === undefined ? asBuffer(decompressZstd(bytes)) : nodeZstd(bytes)
    default:
      return name satisfies never
  }
}

function uncompressSnappyFrames(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, snappyJavaMagic.length).equals(snappyJavaMagic)) return uncompressSnappy(bytes)
  const blocks: Buffer[] = []
  for (let at = snappyJavaHeaderBytes; at < bytes.length; ) {
    const start = at + 4
    at = start + bytes.readInt32BE(at)
    if (at > bytes.length) throw new Error('the last snappy block is cut off')
    blocks.push(uncompressSnappy(bytes.subarray(start, at)))
  }
  return Buffer.concat(blocks)
}

function asBuffer(bytes: ArrayLike<number>): Buffer {
  return bytes instanceof Uint8Array
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes)
}
