import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackEvent } from '../../../../../lambda/packed-event.ts'
import { PackedRecords } from '../../../../../lambda/packed-records.ts'
import type { PolledRecord } from '../../../../../local/kafka-event-source/batch/record-source.ts'
import { DecodedSource } from '../../../../../local/kafka-event-source/schema/decoded-source.ts'
import {
  type DecoderSettings,
  RecordDecoder,
} from '../../../../../local/kafka-event-source/schema/record-decoder.ts'
import type { RegisteredSchema } from '../../../../../local/kafka-event-source/schema/schema-registry.ts'
import { readConfluentFrame } from '../../../../../local/kafka-event-source/schema/wire-format.ts'
import { inMemory } from '../../../../harness/records.ts'
import { ManualClock } from '../mapping/manual-clock.ts'

const json: RegisteredSchema = { dataFormat: 'JSON', definition: '{"type":"object"}', references: [] }
const framed = (id: number, text: string) => Buffer.from([0, 0, 0, 0, id, ...Buffer.from(text)])

/** One partition with these records. The registry answers what `answer` returns or throws at that time. */
function rig(
  records: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[],
  settings: DecoderSettings,
) {
  const clock = new ManualClock()
  const state = { answer: (): RegisteredSchema | undefined => json, ready: 0, requests: 0 }
  const troubles: unknown[] = []
  const refusals: string[] = []
  const polled = records.map(({ key, value }, offset) =>
    inMemory({
      offset,
      timestamp: 5,
      timestampType: 'CREATE_TIME',
      key,
      value,
      headers: [['h', Buffer.from('v')]],
    }),
  )
  let position = 0
  const source = {
    partition: 0,
    get position() {
      return position
    },
    peek: (): PolledRecord | undefined => polled[position],
    take: () => {
      position++
    },
  }
  const registry = {
    readFrame: readConfluentFrame,
    messageIndex: 'path' as const,
    find: async () => {
      state.requests++
      return state.answer()
    },
  }
  const decoder = new RecordDecoder(settings, registry, {
    clock,
    ready: () => {
      state.ready++
    },
    problem: (error) => troubles.push((error as Error | undefined)?.message),
    rejected: (reason) => refusals.push(reason),
  })
  return { clock, state, troubles, refusals, decoded: new DecodedSource(source, decoder) }
}

/** Loading compiles a schema with a library that is imported, which takes turns of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function eventRecord(record: PolledRecord) {
  const packing = new PackedRecords()
  packing.append(record)
  const body = Buffer.concat(packing.slice())
  const head = {
    source: { eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' },
    topic: 't',
    partitions: [{ partition: 0, bytes: body.length }],
  } as const
  return unpackEvent(head, body).records['t-0']![0]!
}

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64')

test('a record waits until its schema is loaded, once, and then has its metadata', async () => {
  const value = framed(1, '{"a":1}')
  const { state, decoded } = rig(
    [
      { key: Buffer.from('k'), value },
      { key: null, value },
    ],
    {
      format: 'JSON',
      attributes: ['VALUE'],
    },
  )
  assert.equal(decoded.peek(), undefined)
  assert.equal(decoded.peek(), undefined)
  await until(() => state.ready === 1)
  const record = decoded.peek()!
  assert.equal(record.value?.toString(), '{"a":1}')
  assert.deepEqual(eventRecord(record), {
    ...{ topic: 't', partition: 0, offset: 0, timestamp: 5, timestampType: 'CREATE_TIME' },
    key: base64('k'),
    value: base64('{"a":1}'),
    headers: [{ h: [118] }],
    valueSchemaMetadata: { dataFormat: 'JSON', schemaId: '1' },
  })
  decoded.take()
  assert.equal(decoded.position, 1)
  assert.equal(eventRecord(decoded.peek()!).key, undefined)
  decoded.take()
  assert.equal(decoded.peek(), undefined)
  assert.equal(state.requests, 1)
})

test('with SOURCE the function gets the payload, and filters the JSON', async () => {
  const settings = { format: 'SOURCE', attributes: ['KEY', 'VALUE'] } as const
  const { state, decoded } = rig([{ key: framed(1, '{}'), value: framed(1, ' {"a":1}') }], settings)
  decoded.peek()
  await until(() => state.ready === 1)
  const record = decoded.peek()!
  assert.equal(record.value?.toString(), ' {"a":1}')
  const { key, value, keySchemaMetadata } = eventRecord(record)
  assert.deepEqual([key, value, keySchemaMetadata?.schemaId], [base64('{}'), base64(' {"a":1}'), '1'])
})

test('rejects a record without frame or schema, or with an invalid value, and keeps its bytes', async () => {
  const records = [Buffer.from('plain'), framed(1, '[]'), framed(2, '{}')].map((value) => ({
    key: null,
    value,
  }))
  const { state, refusals, decoded } = rig(records, { format: 'JSON', attributes: ['VALUE'] })
  const refused = () => [
    decoded.peek()?.discardCondition,
    decoded.peek() && eventRecord(decoded.peek()!).value,
  ]
  assert.deepEqual(refused(), ['DESERIALIZATION_ERROR', base64('plain')])
  decoded.take()
  decoded.peek()
  await until(() => state.ready === 1)
  assert.deepEqual(refused(), ['DESERIALIZATION_ERROR', base64(framed(1, '[]'))])
  decoded.take()
  state.answer = () => undefined
  decoded.peek()
  await until(() => state.ready === 2)
  assert.deepEqual(refused(), ['SCHEMA_NOT_FOUND', base64(framed(2, '{}'))])
  assert.equal(refusals.length, 3)
})

test('records wait for a registry that does not respond, which is requested again after a second', async () => {
  const { clock, state, troubles, decoded } = rig([{ key: null, value: framed(1, '{}') }], {
    format: 'JSON',
    attributes: ['VALUE'],
  })
  state.answer = () => {
    throw new Error('unreachable')
  }
  decoded.peek()
  await until(() => troubles.length === 1)
  assert.equal(decoded.peek(), undefined)
  assert.equal(state.requests, 1)
  state.answer = () => json
  await clock.advance(1_000)
  assert.equal(state.ready, 1)
  assert.equal(decoded.peek(), undefined)
  await until(() => state.ready === 2)
  assert.deepEqual(troubles, ['unreachable', undefined])
  assert.equal(decoded.peek()?.value?.toString(), '{}')
})

test('requests a missing schema again after some seconds', async () => {
  const value = framed(1, '{}')
  const records = [1, 2].map(() => ({ key: null, value }))
  const { clock, state, decoded } = rig(records, { format: 'JSON', attributes: ['VALUE'] })
  state.answer = () => undefined
  decoded.peek()
  await until(() => state.ready === 1)
  assert.equal(decoded.peek()?.discardCondition, 'SCHEMA_NOT_FOUND')
  decoded.take()
  state.answer = () => json
  clock.elapse(5_001)
  assert.equal(decoded.peek(), undefined)
  await until(() => state.ready === 2)
  assert.equal(decoded.peek()?.discardCondition, undefined)
})
