import { loadLibrary } from '../peer-packages/load-library.ts'
import { jsonText } from './json-text.ts'
import type { Deserialize, RegisteredSchema } from './schema-registry.ts'

/** @throws when the schema is not valid, or avsc is not installed */
export async function avroDeserializer({ definition, references }: RegisteredSchema): Promise<Deserialize> {
  const { Type, types } = await loadLibrary('avsc')
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
