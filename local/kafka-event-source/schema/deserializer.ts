import { avroDeserializer } from './avro.ts'
import { jsonDeserializer } from './json-schema.ts'
import { protobufDeserializer } from './protobuf.ts'
import type { Deserialize, RegisteredSchema, SchemaRegistry } from './schema-registry.ts'

/** @throws when the schema is not valid, or its library is not installed */
export async function deserializerOf(
  schema: RegisteredSchema,
  { messageIndex }: SchemaRegistry,
): Promise<Deserialize> {
  switch (schema.dataFormat) {
    case 'AVRO':
      return await avroDeserializer(schema)
    case 'JSON':
      return await jsonDeserializer(schema)
    case 'PROTOBUF':
      return await protobufDeserializer(schema, messageIndex)
    default:
      return schema.dataFormat satisfies never
  }
}
