/**
 * Decompresses LZ4 frames (LZ4 Frame Format 1.6, LZ4 Block Format). Does not verify their checksums, because the record
 * batch has its own. The package lz4js 0.2 returns wrong bytes for frames with block checksums, and accepts truncated
 * frames.
 */
const magic = 0x184d2204
const version = 0b01
const maxBlockBytes = [0, 0, 0, 0, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024] as const
const uncompressedBit = 0x8000_0000
const checksumBytes = 4
const minMatch = 4
const longLength = 15
/** Up to this length, a loop copies faster than `Buffer.copy`. */
const shortBytes = 64

/** @throws Error for incomplete, damaged or unsupported frames */
export function decompressLz4(bytes: Buffer): Buffer {
  const output = new Output()
  let at = 0
  do at = readFrame(bytes, at, output)
  while (at < bytes.length)
  return output.bytes
}

/** @returns the position after the frame */
function readFrame(bytes: Buffer, start: number, output: Output): number {
  if (bytes.length < start + 7 || bytes.readUInt32LE(start) !== magic)
    throw new Error('an LZ4 frame was expected')
  const flags = bytes[start + 4]!
  const has = (bit: number) => (flags & (1 << bit)) !== 0
  const [areIndependent, hasBlockChecksums, hasSize, hasChecksum, hasDictionary] = [5, 4, 3, 2, 0].map(has)
  const blockBytes = maxBlockBytes[(bytes[start + 5]! >> 4) & 7]!
  if (flags >> 6 !== version || blockBytes === 0 || hasDictionary)
    throw new Error('this kind of LZ4 frame is not supported')
  let at = start + 7 + (hasSize ? 8 : 0)
  const frameStart = output.end
  for (;;) {
    if (at + 4 > bytes.length) throw cutOff()
    const header = bytes.readUInt32LE(at)
    at += 4
    if (header === 0) break
    const end = at + (header & ~uncompressedBit)
    if (end > bytes.length) throw cutOff()
    output.reserve(blockBytes)
    if (header >= uncompressedBit) output.copy(bytes, at, end)
    else output.expand(bytes, at, end, areIndependent ? output.end : frameStart)
    at = end + (hasBlockChecksums ? checksumBytes : 0)
  }
  at += hasChecksum ? checksumBytes : 0
  if (at > bytes.length) throw cutOff()
  if (hasSize && bytes.readBigUInt64LE(start + 6) !== BigInt(output.end - frameStart)) throw damaged()
  return at
}

class Output {
  end = 0
  #memory = Buffer.allocUnsafeSlow(0)
  /** The highest position at which the current block may end. */
  #limit = 0

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.end)
  }

  reserve(bytes: number): void {
    this.#limit = this.end + bytes
    if (this.#limit <= this.#memory.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#limit, 2 * this.#memory.length))
    this.#memory.copy(larger, 0, 0, this.end)
    this.#memory = larger
  }

  copy(bytes: Buffer, from: number, to: number): void {
    if (this.end + to - from > this.#limit) throw damaged()
    this.end += bytes.copy(this.#memory, this.end, from, to)
  }

  /** @param first the earliest position that a match may copy */
  expand(bytes: Buffer, start: number, end: number, first: number): void {
    const memory = this.#memory
    const limit = this.#limit
    let to = this.end
    let at = start
    while (at < end) {
      const token = bytes[at++]!
      let literals = token >> 4
      if (literals === longLength) {
        const start = at
        at = lengthEnd(bytes, at, end)
        literals += sumOf(bytes, start, at)
      }
      if (at + literals > end || to + literals > limit) throw damaged()
      if (literals > shortBytes) bytes.copy(memory, to, at, at + literals)
      else for (let i = 0; i < literals; i++) memory[to + i] = bytes[at + i]!
      at += literals
      to += literals
      if (at === end) break // the last sequence has no match
      if (at + 2 > end) throw damaged()
      const distance = bytes[at]! | (bytes[at + 1]! << 8)
      at += 2
      let length = (token & 15) + minMatch
      if (length === longLength + minMatch) {
        const start = at
        at = lengthEnd(bytes, at, end)
        length += sumOf(bytes, start, at)
      }
      const from = to - distance
      if (distance === 0 || from < first || to + length > limit) throw damaged()
      if (length > shortBytes && distance >= length) memory.copyWithin(to, from, from + length)
      // A match may overlap the bytes that it produces.
      else for (let i = 0; i < length; i++) memory[to + i] = memory[from + i]!
      to += length
    }
    this.end = to
  }
}

/** @returns the position after the bytes that continue a length */
function lengthEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] === 255) at++
  if (at === end) throw damaged()
  return at + 1
}

function sumOf(bytes: Buffer, start: number, end: number): number {
  return 255 * (end - start - 1) + bytes[end - 1]!
}

function cutOff(): Error {
  return new Error('the LZ4 frame is cut off')
}

function damaged(): Error {
  return new Error('the LZ4 frame is damaged')
}
