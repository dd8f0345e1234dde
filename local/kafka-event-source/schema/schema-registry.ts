import type { ReadFrame } from './wire-format.ts'

export type DataFormat = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A schema as a registry has it, with the schemas that it refers to, innermost first. */
export type RegisteredSchema = {
  readonly dataFormat: DataFormat
  readonly definition: string
  readonly references: readonly { readonly name: string; readonly definition: string }[]
}

/** Confluent's registry and those with its API, or AWS Glue's. */
export type SchemaRegistry = {
  readonly readFrame: ReadFrame
  /** Which message of a Protobuf schema a payload has: the two registries write it in different ways. */
  readonly messageIndex: 'path' | 'sorted'
  /** Returns undefined for an id that the registry does not have. @throws when the registry does not respond */
  find(schemaId: string): Promise<RegisteredSchema | undefined>
}

/** Makes JSON text of a payload. @throws when the payload does not fit the schema */
export type Deserialize = (payload: Buffer) => string
