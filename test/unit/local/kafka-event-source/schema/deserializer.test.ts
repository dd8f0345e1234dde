import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import avsc from 'avsc'
import protobuf from 'protobufjs'
import { deserializerOf } from '../../../../../local/kafka-event-source/schema/deserializer.ts'
import type {
  RegisteredSchema,
  SchemaRegistry,
} from '../../../../../local/kafka-event-source/schema/schema-registry.ts'
import {
  readConfluentFrame,
  readGlueFrame,
} from '../../../../../local/kafka-event-source/schema/wire-format.ts'

const uuid = '6b2c4a5e-0f1d-4c3b-9a87-112233445566'

function deserializer(
  schema: Partial<RegisteredSchema> & Pick<RegisteredSchema, 'dataFormat' | 'definition'>,
  messageIndex: SchemaRegistry['messageIndex'] = 'path',
) {
  const registry = { readFrame: readConfluentFrame, messageIndex, find: async () => undefined }
  return deserializerOf({ references: [], ...schema }, registry)
}

test('reads Confluent’s frame: a zero byte and the id', () => {
  const framed = readConfluentFrame(Buffer.from([0, 0, 0, 1, 2, 7, 8]))
  assert.deepEqual(framed, { schemaId: '258', payload: Buffer.from([7, 8]) })
  for (const bytes of [[], [0, 0, 0, 1], [1, 0, 0, 0, 1, 7]]) {
    assert.throws(() => readConfluentFrame(Buffer.from(bytes)), /frame of a Confluent registry/)
  }
})

test('reads Glue’s frame: version, compression and UUID', () => {
  const id = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  const plain = Buffer.concat([Buffer.from([3, 0]), id, Buffer.from('abc')])
  assert.deepEqual(readGlueFrame(plain), { schemaId: uuid, payload: Buffer.from('abc') })
  const compressed = Buffer.concat([Buffer.from([3, 5]), id, deflateSync('abc')])
  assert.deepEqual(readGlueFrame(compressed), { schemaId: uuid, payload: Buffer.from('abc') })
  for (const head of [
    [2, 0],
    [3, 1],
  ]) {
    assert.throws(() => readGlueFrame(Buffer.concat([Buffer.from(head), id])), /frame of a Glue registry/)
  }
})

test('Avro: converts to plain JSON, with every digit of a long, and bytes as text', async () => {
  const schema = {
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: ['null', 'string'] },
      { name: 'raw', type: 'bytes' },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
      { name: 'tags', type: { type: 'map', values: 'int' } },
    ],
  } as const
  // The library's encoder supports only JavaScript's integers; the larger one replaces its bytes.
  const small = avsc.Type.forSchema(schema as unknown as avsc.Schema).toBuffer({
    ...{ id: 1, note: 'x', raw: Buffer.from([1, 0xff]), kind: 'B', tags: { a: 1 } },
  })
  const big = Buffer.from([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]) // 2^53 + 1, zig-zag
  const read = await deserializer({ dataFormat: 'AVRO', definition: JSON.stringify(schema) })
  assert.equal(
    read(Buffer.concat([big, small.subarray(1)])),
    '{"id":9007199254740993,"note":"x","raw":"\u0001\u00ff","kind":"B","tags":{"a":1}}'.replace(
      '\u0001',
      '\\u0001',
    ),
  )
  assert.throws(() => read(Buffer.from([2])))
  assert.throws(() => read(Buffer.concat([small, Buffer.from('more')])))
})

test('Avro: schemas with references', async () => {
  const definition = JSON.stringify({
    type: 'record',
    name: 'Order',
    fields: [{ name: 'item', type: 'shop.Item' }],
  })
  const item = { type: 'record', name: 'shop.Item', fields: [{ name: 'name', type: 'string' }] }
  const references = [{ name: 'shop.Item', definition: JSON.stringify(item) }]
  const read = await deserializer({ dataFormat: 'AVRO', definition, references })
  assert.equal(read(Buffer.from([2, 0x78])), '{"item":{"name":"x"}}')
})

test('Avro: rejects an invalid schema', async () => {
  await assert.rejects(deserializer({ dataFormat: 'AVRO', definition: '{"type":"nothing"}' }))
})

test('JSON Schema: returns valid text unchanged, by the draft of the schema', async () => {
  for (const $schema of [
    undefined,
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ]) {
    const definition = JSON.stringify({
      $schema,
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
    })
    const read = await deserializer({ dataFormat: 'JSON', definition })
    assert.equal(read(Buffer.from('{ "id": 1 }')), '{ "id": 1 }')
    assert.throws(() => read(Buffer.from('{"id":"1"}')), /\/id must be integer/)
    assert.throws(() => read(Buffer.from('{"id":')))
  }
})

test('JSON Schema: schemas with references', async () => {
  const references = [{ name: 'item.json', definition: '{"type":"string"}' }]
  const definition = '{"type":"array","items":{"$ref":"item.json"}}'
  const read = await deserializer({ dataFormat: 'JSON', definition, references })
  assert.equal(read(Buffer.from('["a"]')), '["a"]')
  assert.throws(() => read(Buffer.from('[1]')), /must be string/)
})

const definition = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "item.proto";
message Order {
  string order_name = 1;
  int64 amount = 2;
  Kind kind = 3;
  bytes raw = 4;
  Item item = 5;
  message Line { int32 count = 1; }
}
enum Kind { A = 0; B = 1; }
message Cancel { string reason = 1; }
`
const item = 'syntax = "proto3"; package shop; message Item { string name = 1; }'
const protobufSchema = {
  dataFormat: 'PROTOBUF',
  definition,
  references: [{ name: 'item.proto', definition: item }],
} as const

/** A message of the schema, by the library's own encoder. */
function message(name: string, value: object): Buffer {
  const root = new protobuf.Root()
  protobuf.parse(item, root)
  root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')!.nested!)
  protobuf.parse(definition, root)
  const type = root.lookupType(name)
  return Buffer.from(type.encode(type.fromObject(value)).finish())
}

test('Protobuf: converts to Protobuf’s JSON mapping, for the message of Confluent’s index', async () => {
  const read = await deserializer(protobufSchema)
  const order = {
    orderName: 'x',
    amount: '9007199254740993',
    kind: 1,
    raw: Buffer.from('a'),
    item: { name: 'i' },
  }
  const framed = (index: readonly number[], name: string, value: object) =>
    Buffer.concat([Buffer.from(index), message(name, value)])
  assert.deepEqual(JSON.parse(read(framed([0], 'shop.Order', order))), {
    ...{ orderName: 'x', amount: '9007199254740993', kind: 'B', raw: 'YQ==', item: { name: 'i' } },
  })
  assert.equal(read(framed([2, 2], 'shop.Cancel', { reason: 'no' })), '{"reason":"no"}')
  assert.equal(read(framed([4, 0, 0], 'shop.Order.Line', { count: 3 })), '{"count":3}')
  assert.throws(
    () => read(framed([2, 8], 'shop.Cancel', {})),
    /the schema has no message with the index in the payload/,
  )
  assert.throws(() => read(Buffer.from([0, 0x0a, 9])))
})

test('Protobuf: the message of Glue’s index, sorted by name', async () => {
  const read = await deserializer(protobufSchema, 'sorted')
  const cancel = Buffer.concat([Buffer.from([0]), message('shop.Cancel', { reason: 'no' })])
  assert.equal(read(cancel), '{"reason":"no"}')
  const line = Buffer.concat([Buffer.from([2]), message('shop.Order.Line', { count: 3 })])
  assert.equal(read(line), '{"count":3}')
})
