import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { confluentRegistry } from '../../../../../local/kafka-event-source/schema/confluent-registry.ts'

async function found(response: object) {
  const server = createServer((_, answer) => answer.end(JSON.stringify(response))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await confluentRegistry(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {}).find('1')
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

test('a schema without a type, or with null instead, is of Avro', async () => {
  const avro = { dataFormat: 'AVRO', definition: '"string"', references: [] }
  assert.deepEqual(await found({ schema: '"string"' }), avro)
  assert.deepEqual(await found({ schema: '"string"', schemaType: null, references: null }), avro)
  assert.deepEqual(await found({ schema: '{}', schemaType: 'JSON' }), {
    dataFormat: 'JSON',
    definition: '{}',
    references: [],
  })
})
