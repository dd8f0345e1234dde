import { randomUUID } from 'node:crypto'
import { loadPackage } from '../peer-packages/load-package.ts'
import type { Deserialize, RegisteredSchema } from './schema-registry.ts'

/** Marks a string of digits that becomes a number beyond JavaScript's precision. */
const mark = randomUUID()
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g')

/** @throws when the schema is not valid, or avsc is not installed */
export async function avroDeserializer({ definition, references }: RegisteredSchema): Promise<Deserialize> {
  const { Type, types } = await loadPackage('avsc')
  const long = types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: longBytes,
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  })
  const registry = { long }
  for (const reference of references) Type.forSchema(JSON.parse(reference.definition), { registry })
  const type = Type.forSchema(JSON.parse(definition), { registry })
  return (payload) => jsonText(type.fromBuffer(payload))
}

function longBytes(value: bigint): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64LE(value)
  return buffer
}

/** Writes a BigInt as a number with all its digits, and bytes as a string with one character per byte, as Avro does. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, inner: unknown) {
    const raw = this[key]
    if (raw instanceof Uint8Array) return Buffer.from(raw).toString('latin1')
    return typeof inner === 'bigint' ? `${mark}${inner}` : inner
  })
  return text.replace(marked, '$1')
}
