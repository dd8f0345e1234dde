/**
 * The checksum of a record batch: CRC-32C (Castagnoli), eight bytes a step ("slicing-by-8"). `zlib.crc32` of Node.js has
 * another polynomial.
 */
const polynomial = 0x82f63b78

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables()

function tables() {
  const table = () => new Int32Array(256)
  const made = [table(), table(), table(), table(), table(), table(), table(), table()] as const
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    made[0][byte] = crc
  }
  for (let i = 1; i < made.length; i++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = made[i - 1]![byte]!
      made[i]![byte] = (before >>> 8) ^ made[0][before & 0xff]!
    }
  }
  return made
}

/** The checksum of the bytes from `start` to before `end`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let crc = -1
  let at = start
  for (const last = end - 7; at < last; at += 8) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[high & 0xff]! ^
      t2[(high >>> 8) & 0xff]! ^
      t1[(high >>> 16) & 0xff]! ^
      t0[high >>> 24]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
