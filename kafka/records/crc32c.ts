/** CRC-32C (Castagnoli) in WebAssembly (crc32c.wat). `zlib.crc32` uses another polynomial. */
import { wasm } from './crc32c.wasm.ts'

type Crc32cExports = {
  readonly memory: WebAssembly.Memory
  update(crc: number, at: number, end: number): number
}

const polynomial = 0x82f63b78
/** The memory holds the tables, then the bytes. */
const tables = 16
const bytesAt = tables * 256 * 4
const roomBytes = 64 * 1024

const module = new WebAssembly.Module(Buffer.from(wasm, 'base64'))
const { memory, update } = new WebAssembly.Instance(module).exports as Crc32cExports
const room = new Uint8Array(memory.buffer, bytesAt, roomBytes)
writeTables(new Int32Array(memory.buffer, 0, tables * 256))

function writeTables(table: Int32Array): void {
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    table[byte] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!
    table[i] = (before >>> 8) ^ table[before & 0xff]!
  }
}

/** Returns the unsigned checksum of [`start`, `end`). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  for (let at = start; at < end; at += roomBytes) {
    const part = bytes.subarray(at, Math.min(at + roomBytes, end))
    room.set(part)
    crc = update(crc, bytesAt, bytesAt + part.length)
  }
  return ~crc >>> 0
}
