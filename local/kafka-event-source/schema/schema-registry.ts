import type { ReadFrame } from './wire-format.ts'

export type DataFormat = 'AVRO' | 'JSON' | 'PROTOBUF'

/** `references` are innermost first. */
export type RegisteredSchema = {
  readonly dataFormat: DataFormat
  readonly definition: string
  readonly references: readonly { readonly name: string; readonly definition: string }[]
}

export type SchemaRegistry = {
  readonly readFrame: ReadFrame
  /** Index format of a Protobuf message: `path` in Confluent's, `sorted` in Glue's. */
  readonly messageIndex: 'path' | 'sorted'
  /** Returns undefined for an unknown id. */
  find(schemaId: string): Promise<RegisteredSchema | undefined>
}

/** Converts a payload to JSON text. @throws when the payload does not match the schema */
export type Deserialize = (payload: Buffer) => string
