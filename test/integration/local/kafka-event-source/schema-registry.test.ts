import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import avsc from 'avsc'
import protobuf from 'protobufjs'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import {
  kafkaEvent,
  newTopic,
  provisioned,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { kcat } from '../../../harness/kcat.ts'
import { withoutMaven } from '../../../harness/maven.ts'
import { startSchemaRegistry } from '../../../harness/schema-registry.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'

const options = { timeout: 300_000 }
/** Maven downloads the registry. */
const registryOptions = { ...options, skip: withoutMaven }
const queue = 'arn:aws:sqs:us-east-1:000000000000:failures'

type Topic = { readonly brokers: string; readonly topic: string }
type Sent = { readonly key: Buffer; readonly value: Buffer | null }

/** Delimiters that no record of these tests contains. */
const [betweenRecords, afterKey] = ['<record>', '<key>']

/** Appends records to partition 0; kcat's `-Z` makes an empty value null. */
async function send({ brokers, topic }: Topic, records: readonly Sent[]): Promise<void> {
  const input = records.flatMap(({ key, value }) => [
    key,
    Buffer.from(afterKey),
    value ?? Buffer.alloc(0),
    Buffer.from(betweenRecords),
  ])
  const delimiters = ['-D', betweenRecords, '-K', afterKey, '-Z']
  await kcat(['-P', '-b', brokers, '-t', topic, '-p', '0', ...delimiters], Buffer.concat(input))
}

function confluent(schemaId: number, ...payload: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(schemaId, 1)
  return Buffer.concat([head, ...payload])
}

/** A function with a schema registry and an on-failure queue. */
function service(topic: Topic, SchemaRegistryConfig: object, properties: object = {}) {
  const { serviceDir, seenFile } = recordingService('see(event)')
  return {
    seenFile,
    service: {
      serviceDir,
      functions: { fn: { name: 'service-dev-fn', handler: 'fn.handler', events: [kafkaEvent(topic)] } },
      resources: provisioned(topic.topic, {
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: `${topic.topic}.group`, SchemaRegistryConfig },
        DestinationConfig: { OnFailure: { Destination: queue } },
        ...properties,
      }),
    },
  }
}

function recordsOf(seenFile: string) {
  const events = seen<KafkaEvent>(seenFile)
  const records = events.flatMap((event) => Object.values(event.records).flat())
  return records.map(({ offset, key, value, keySchemaMetadata, valueSchemaMetadata }) => ({
    offset,
    key: key == null ? null : Buffer.from(key, 'base64'),
    value: value == null ? null : Buffer.from(value, 'base64'),
    keySchemaMetadata,
    valueSchemaMetadata,
  }))
}

test(
  'schema registry, Confluent: converts Avro to JSON before filters; sends invalid records to the destination with the reason',
  registryOptions,
  async (t) => {
    const [registry, aws, topic] = await Promise.all([startSchemaRegistry(), startAwsEndpoint(t), newTopic()])
    const order = avsc.Type.forSchema({
      type: 'record',
      name: 'Order',
      fields: [{ name: 'amount', type: 'int' }],
    })
    const id = avsc.Type.forSchema('string')
    const valueId = await registry.register(`${topic.topic}-value`, {
      schema: JSON.stringify(order.schema()),
    })
    const keyId = await registry.register(`${topic.topic}-key`, { schema: '"string"' })
    const key = confluent(keyId, id.toBuffer('k'))
    const value = (amount: number) => confluent(valueId, order.toBuffer({ amount }))
    await send(topic, [
      { key, value: value(5) },
      { key, value: value(50) },
      { key, value: Buffer.from('no frame') },
      { key, value: confluent(4_242, order.toBuffer({ amount: 50 })) },
      { key, value: confluent(valueId) },
      { key, value: null },
      { key, value: value(60) },
    ])
    const { seenFile, service: definition } = service(
      topic,
      {
        SchemaRegistryURI: 'https://registry.example',
        EventRecordFormat: 'JSON',
        SchemaValidationConfigs: [{ Attribute: 'KEY' }, { Attribute: 'VALUE' }],
      },
      { FilterCriteria: { Filters: [{ Pattern: '{"value":{"amount":[{"numeric":[">",10]}]}}' }] } },
    )
    const custom = { endpoint: aws.endpoint, schemaRegistries: registry.url }
    const { lines } = await startService(t, { ...definition, custom })
    await untilCommitted(topic, [7])
    const keySchemaMetadata = { dataFormat: 'AVRO', schemaId: String(keyId) }
    const valueSchemaMetadata = { dataFormat: 'AVRO', schemaId: String(valueId) }
    const json = (amount: number) => Buffer.from(JSON.stringify({ amount }))
    assert.deepEqual(recordsOf(seenFile), [
      { offset: 1, key: Buffer.from('"k"'), value: json(50), keySchemaMetadata, valueSchemaMetadata },
      { offset: 5, key: Buffer.from('"k"'), value: null, keySchemaMetadata, valueSchemaMetadata: undefined },
      { offset: 6, key: Buffer.from('"k"'), value: json(60), keySchemaMetadata, valueSchemaMetadata },
    ])
    const failures = aws.sqsMessages.map(({ MessageBody }) => JSON.parse(MessageBody))
    assert.deepEqual(
      failures.map(({ requestContext, KafkaBatchInfo }) => [
        requestContext.condition,
        KafkaBatchInfo.recordsInfo[`${topic.topic}-0`].firstRecordOffset,
      ]),
      [
        ['DESERIALIZATION_ERROR', '2'],
        ['SCHEMA_NOT_FOUND', '3'],
        ['DESERIALIZATION_ERROR', '4'],
      ],
    )
    assert.ok(
      lines.some((line) => /record 3 of .* its value has the schema 4242/.test(line)),
      lines.join('\n'),
    )
  },
)

test(
  'schema registry, Confluent: SOURCE removes the id of validated fields; Protobuf and JSON Schema',
  registryOptions,
  async (t) => {
    const [registry, aws, topic] = await Promise.all([startSchemaRegistry(), startAwsEndpoint(t), newTopic()])
    const definition = 'syntax = "proto3"; message Other { int32 x = 1; } message Order { int32 amount = 1; }'
    const protobufId = await registry.register('order', { schemaType: 'PROTOBUF', schema: definition })
    const type = protobuf.parse(definition).root.lookupType('Order')
    const message = type.encode(type.create({ amount: 50 })).finish()
    const index = Buffer.from([2, 2])
    const $schema = 'http://json-schema.org/draft-07/schema#'
    const schema = JSON.stringify({ $schema, type: 'object', required: ['amount'] })
    const jsonId = await registry.register('order-json', { schemaType: 'JSON', schema })
    const key = confluent(1, Buffer.from('k'))
    await send(topic, [
      { key, value: confluent(protobufId, index, message) },
      { key, value: confluent(jsonId, Buffer.from('{"amount": 50}')) },
      { key, value: confluent(jsonId, Buffer.from('{}')) },
    ])
    const { seenFile, service: fn } = service(topic, {
      SchemaRegistryURI: registry.url,
      EventRecordFormat: 'SOURCE',
      SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
    })
    await startService(t, { ...fn, custom: { endpoint: aws.endpoint } })
    await untilCommitted(topic, [3])
    assert.deepEqual(
      recordsOf(seenFile).map(({ key: got, value, keySchemaMetadata, valueSchemaMetadata }) => [
        got,
        value,
        keySchemaMetadata,
        valueSchemaMetadata,
      ]),
      [
        [
          key,
          Buffer.concat([index, message]),
          undefined,
          { dataFormat: 'PROTOBUF', schemaId: String(protobufId) },
        ],
        [key, Buffer.from('{"amount": 50}'), undefined, { dataFormat: 'JSON', schemaId: String(jsonId) }],
      ],
    )
    const [failure] = aws.sqsMessages.map(({ MessageBody }) => JSON.parse(MessageBody))
    assert.equal(failure.requestContext.condition, 'DESERIALIZATION_ERROR')
  },
)

test('schema registry, Glue: requests the schema version by its UUID', options, async (t) => {
  const [aws, topic] = await Promise.all([startAwsEndpoint(t), newTopic()])
  const schemaId = '6b2c4a5e-0f1d-4c3b-9a87-112233445566'
  aws.schemas.set(schemaId, { DataFormat: 'JSON', SchemaDefinition: '{"type":"object"}' })
  const frame = (compression: number, uuid: string, payload: Buffer) =>
    Buffer.concat([Buffer.from([3, compression]), Buffer.from(uuid.replaceAll('-', ''), 'hex'), payload])
  const key = Buffer.from('k')
  await send(topic, [
    { key, value: frame(0, schemaId, Buffer.from('{"a":1}')) },
    { key, value: frame(5, schemaId, deflateSync('{"a":2}')) },
    { key, value: frame(0, schemaId.replace('6', '7'), Buffer.from('{"a":3}')) },
  ])
  const { seenFile, service: fn } = service(topic, {
    SchemaRegistryURI: 'arn:aws:glue:us-east-1:000000000000:registry/demo',
    EventRecordFormat: 'JSON',
    SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
  })
  await startService(t, { ...fn, custom: { endpoint: aws.endpoint } })
  await untilCommitted(topic, [3])
  assert.deepEqual(
    recordsOf(seenFile).map(({ value, valueSchemaMetadata }) => [value?.toString(), valueSchemaMetadata]),
    [1, 2].map((a) => [JSON.stringify({ a }), { dataFormat: 'JSON', schemaId }]),
  )
  const [failure] = aws.sqsMessages.map(({ MessageBody }) => JSON.parse(MessageBody))
  assert.equal(failure.requestContext.condition, 'SCHEMA_NOT_FOUND')
})
