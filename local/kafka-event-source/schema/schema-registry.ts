import type { ReadFrame } from './wire-format.ts'

export type DataFormat = 'AVRO' | 'JSON' | 'PROTOBUF'

/** `references` begins with the innermost reference. */
export type RegisteredSchema = {
  readonly dataFormat: DataFormat
  readonly definition: string
  readonly references: readonly { readonly name: string; readonly definition: string }[]
}

export type SchemaRegistry = {
  readonly readFrame: ReadFrame
  /** Format of a Protobuf message index: Confluent uses `path`, Glue uses `sorted`. */
  readonly messageIndex: 'path' | 'sorted'
  find(schemaId: string): Promise<RegisteredSchema | undefined>
}

/** Converts a payload to JSON text. @throws when the payload does not match the schema */
export type Deserialize = (payload: Buffer) => string
