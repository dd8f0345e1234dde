import * as zlib from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { uncompress as uncompressSnappy } from 'snappyjs'
import { decompressLz4 } from './lz4.ts'

/** Node.js has this function since 22.15; fzstd replaces it before. */
const nodeZstd = (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync

/** Java's producer writes snappy-java frames; others write one raw block. */
const snappyJavaMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const snappyJavaHeaderBytes = snappyJavaMagic.length + 8 // two version numbers

/** Indexed by codec number (Kafka documentation, "Record Batch"). */
const codecs: readonly (readonly [name: string, decompress: (bytes: Buffer) => Buffer])[] = [
  ['none', (bytes) => bytes],
  ['gzip', (bytes) => zlib.gunzipSync(bytes)],
  ['snappy', uncompressSnappyFrames],
  ['lz4', decompressLz4],
  ['zstd', nodeZstd ?? decompressByFzstd],
]

export function codecName(codec: number): string {
  return codecs[codec]?.[0] ?? `codec ${codec}`
}

/** @throws for damaged bytes or an unknown codec */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const found = codecs[codec]
  if (found === undefined)
    throw new Error(`the supported codecs are ${codecs.map(([name]) => name).join(', ')}`)
  return found[1](bytes)
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

function decompressByFzstd(bytes: Buffer): Buffer {
  const { buffer, byteOffset, length } = decompressZstd(bytes)
  return Buffer.from(buffer, byteOffset, length)
}
