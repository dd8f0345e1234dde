import { createHash } from 'node:crypto'
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc'

export type Digest = {
  update(chunk: Uint8Array): unknown
  digest(): Uint8Array | Promise<Uint8Array>
}

export const digests = {
  MD5: () => createHash('md5'),
  SHA256: () => createHash('sha256'),
  SHA1: () => createHash('sha1'),
  CRC64NVME: () => new Crc64Nvme(),
  CRC32C: () => new Crc32c(),
  CRC32: () => new Crc32(),
} satisfies Record<string, () => Digest>

export type Algorithm = keyof typeof digests
