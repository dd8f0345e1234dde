import { randomUUID } from 'node:crypto'

/** Marks a string of digits that becomes a number beyond JavaScript's precision. */
const mark = randomUUID()
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g')

/** Writes a BigInt as a number with all its digits, and bytes as a string with one character per byte, as Avro does. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, inner: unknown) {
    const raw = this[key]
    if (raw instanceof Uint8Array) return Buffer.from(raw).toString('latin1')
    return typeof inner === 'bigint' ? `${mark}${inner}` : inner
  })
  return text.replace(marked, '$1')
}
