import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, it } from 'node:test'
import { books } from '../../harness/books.ts'
import { exampleSettings } from '../../harness/rendered-stage.ts'

const verbs = [['recount'], ['recount', 'a.txt'], ['topics', 'list'], ['groups', 'list'], ['consume', 'a']]
const tlsHandshake = 0x16

it('connects to the cluster of a stage as the deployed functions do', async () => {
  const firstBytes: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', ([first]) => {
      firstBytes.push(first!)
      socket.end('no TLS')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const { KAFKA_SECURITY: _, ...settings } = exampleSettings('msk-iam')
  const keys = { KAFKA_AWS_ACCESS_KEY_ID: 'id', KAFKA_AWS_SECRET_ACCESS_KEY: 'key' }
  const env = { ...settings, ...keys, BROKERS: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  await books(env, 'topics', 'list', '--stage', 'unit')
  assert.deepEqual([...new Set(firstBytes)], [tlsHandshake])
})

it('does not use the local cluster for a stage without settings', async () => {
  for (const verb of verbs) {
    const { code, stderr } = await books({}, ...verb, '--stage', 'unit')
    assert.deepEqual([verb, code], [verb, 2])
    assert.match(stderr, /USERID must be set for stage unit.*BROKERS must be set/)
  }
})

it('does not advise to start the local cloud when a stage is unreachable', async () => {
  const env = { ...exampleSettings('msk-iam'), BROKERS: '127.0.0.1:1' }
  const { stderr } = await books(env, 'topics', 'list', '--stage', 'unit')
  assert.match(stderr, /127\.0\.0\.1:1/)
  assert.doesNotMatch(stderr, /npm start/)
})
