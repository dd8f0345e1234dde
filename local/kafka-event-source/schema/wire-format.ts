import { inflateSync } from 'node:zlib'

/** @throws when the registry's frame is missing */
export type ReadFrame = (bytes: Buffer) => { readonly schemaId: string; readonly payload: Buffer }

const confluentMagic = 0
const glueVersion = 3
const glueZlib = 5

/** Confluent's frame is a zero byte and the schema id in 32 bits, big-endian. */
export const readConfluentFrame: ReadFrame = (bytes) => {
  if (bytes.length < 5 || bytes[0] !== confluentMagic) {
    throw new Error(
      "the bytes do not begin with the frame of a Confluent registry: a zero byte and the schema's id",
    )
  }
  return { schemaId: String(bytes.readUInt32BE(1)), payload: bytes.subarray(5) }
}

/** Glue's frame is version byte 3, a compression byte (0 none, 5 zlib) and the UUID of the schema version. */
export const readGlueFrame: ReadFrame = (bytes) => {
  const compression = bytes[1]
  if (bytes.length < 18 || bytes[0] !== glueVersion || (compression !== 0 && compression !== glueZlib)) {
    throw new Error('the bytes do not begin with the frame of a Glue registry: version, compression and UUID')
  }
  const hex = bytes.toString('hex', 2, 18)
  const schemaId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const body = bytes.subarray(18)
  return { schemaId, payload: compression === glueZlib ? inflateSync(body) : body }
}
