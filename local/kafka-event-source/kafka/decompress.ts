import * as zlib from 'node:zlib'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { decompress as decompressZstd } from 'fzstd'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** In Node from 22.15; fzstd, in JavaScript, before. */
const nodeZstd = (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync

/** The records of a batch whose attributes name this codec (Kafka documentation, "Record Batch"). @throws if unknown */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const name = codecs[codec]
  switch (name) {
    case undefined:
      throw new Error(
        `The records are compressed with codec ${codec}, which is none of ${codecs.join(', ')}.`,
      )
    case 'none':
      return bytes
    case 'zstd':
      return nodeZstd === undefined ? asBuffer(decompressZstd(bytes)) : nodeZstd(bytes)
    default:
      return asBuffer(compressionsAlgorithms[name].decompressSync(bytes))
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
