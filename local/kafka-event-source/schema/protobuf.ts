import type { NamespaceBase, Root, Type } from 'protobufjs'
import { loadPackage } from '../peer-packages/load-package.ts'
import type { Deserialize, RegisteredSchema, SchemaRegistry } from './schema-registry.ts'

type Protobuf = typeof import('protobufjs')

const ownFile = 'schema.proto'

/** Protobuf's JSON mapping has lowerCamelCase names, enums by name, and 64-bit numbers and bytes as strings. */
const conversion = { longs: String, enums: String, bytes: String, json: true } as const

/** @throws when the schema is not valid, or protobufjs is not installed */
export async function protobufDeserializer(
  schema: RegisteredSchema,
  messageIndex: SchemaRegistry['messageIndex'],
): Promise<Deserialize> {
  const protobuf = await loadPackage('protobufjs')
  const root = new protobuf.Root()
  for (const { name, definition } of schema.references) parse(protobuf, root, name, definition)
  parse(protobuf, root, ownFile, schema.definition)
  root.resolveAll()
  const messages = ownMessages(protobuf, root)
  const sorted = [...allMessages(protobuf, messages)].sort((a, b) => (a.fullName < b.fullName ? -1 : 1))
  return (payload) => {
    const reader = protobuf.Reader.create(payload)
    const type =
      messageIndex === 'sorted' ? sorted[reader.uint32()] : messageAt(protobuf, messages, readPath(reader))
    if (type === undefined) throw new Error('the schema has no message with the index in the payload')
    return JSON.stringify(type.toObject(type.decode(reader), conversion))
  }
}

/** Adds Google's common imports, which protobufjs includes. */
function parse(protobuf: Protobuf, root: Root, filename: string, definition: string): void {
  Object.assign(protobuf.parse, { filename })
  const { imports = [], weakImports = [] } = protobuf.parse(definition, root, { keepCase: false })
  for (const name of [...imports, ...weakImports]) {
    const common = protobuf.common.get(name)?.nested
    if (common !== undefined) root.addJSON(common)
  }
}

/** Reads Confluent's message index: a path from the top level, or one zero byte for `[0]`. */
function readPath(reader: { sint32(): number }): number[] {
  const count = reader.sint32()
  return count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32())
}

function messageAt(protobuf: Protobuf, messages: readonly Type[], path: readonly number[]): Type | undefined {
  const [first = 0, ...deeper] = path
  const type = messages[first]
  return type === undefined || deeper.length === 0
    ? type
    : messageAt(protobuf, nestedMessages(protobuf, type), deeper)
}

/** Returns top-level messages in file order. */
function ownMessages(protobuf: Protobuf, namespace: NamespaceBase): Type[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Type) return nested.filename === ownFile ? [nested] : []
    return nested instanceof protobuf.Namespace ? ownMessages(protobuf, nested) : []
  })
}

function nestedMessages(protobuf: Protobuf, type: Type): Type[] {
  return type.nestedArray.filter((nested): nested is Type => nested instanceof protobuf.Type)
}

/** Returns nested messages too. Glue's index has the order of full names. */
function* allMessages(protobuf: Protobuf, messages: readonly Type[]): Generator<Type> {
  for (const message of messages) {
    yield message
    yield* allMessages(protobuf, nestedMessages(protobuf, message))
  }
}
