import type { ReadFrame } from './wire-format.ts'

export type DataFormat = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A registered schema and the schemas that it references, innermost first. */
export type RegisteredSchema = {
  readonly dataFormat: DataFormat
  readonly definition: string
  readonly references: readonly { readonly name: string; readonly definition: string }[]
}

/** A registry with Confluent's API, or AWS Glue's. */
export type SchemaRegistry = {
  readonly readFrame: ReadFrame
  /** How a payload identifies its message in a Protobuf schema: `path` in Confluent's format, `sorted` in Glue's. */
  readonly messageIndex: 'path' | 'sorted'
  /** Returns undefined for an unknown id. @throws when the request fails */
  find(schemaId: string): Promise<RegisteredSchema | undefined>
}

/** Converts a payload to JSON text. @throws when the payload does not match the schema */
export type Deserialize = (payload: Buffer) => string
