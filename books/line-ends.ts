import { wasm } from './line-ends.wasm.ts'

type LineEndsExports = { readonly memory: WebAssembly.Memory; find(end: number, to: number): number }

export const searchedBytes = 64 * 1024
/** The bytes of one SIMD step, which can read beyond the end. */
const stepBytes = 16
const positionsAt = searchedBytes + stepBytes

const module = new WebAssembly.Module(Buffer.from(wasm, 'base64'))
const { memory, find } = new WebAssembly.Instance(module).exports as LineEndsExports
const room = new Uint8Array(memory.buffer, 0, positionsAt)
const positions = new Int32Array(memory.buffer, positionsAt, searchedBytes)

/** Returns the positions of `\n` and `\r` in up to `searchedBytes` bytes. */
export function lineEnds(bytes: Uint8Array): Int32Array {
  room.set(bytes)
  room.fill(0, bytes.length, bytes.length + stepBytes)
  const end = find(bytes.length, positionsAt)
  return positions.slice(0, (end - positionsAt) >> 2)
}
