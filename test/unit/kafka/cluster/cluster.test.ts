import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Access, AccessError, type AccessSource, fixedAccess } from '../../../../kafka/access/access.ts'
import { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { ConnectionError } from '../../../../kafka/cluster/connection-error.ts'
import { kafkaError } from '../../../../kafka/cluster/kafka-error.ts'
import { isRetriable, retry } from '../../../../kafka/cluster/retry.ts'
import { metadataRequest } from '../../../../kafka/protocol/metadata.ts'
import { producerIdRequest } from '../../../../kafka/protocol/produce.ts'
import { AppError, messageOf } from '../../../../lib/errors.ts'
import { type RequestHandler, ScriptedBroker } from '../scripted-broker.ts'

const newToken = async () => ({ tokenValue: 'token', lifetime: 0, principal: '' })
const request = metadataRequest([])

/** A listener, its reaction to each connection, and its open connections. */
async function listening(serve: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

/** Tries its brokers in this order. */
function clusterOf(t: TestContext, addresses: readonly string[], access?: AccessSource): Cluster {
  const random = t.mock.method(Math, 'random', () => 0)
  const cluster = new Cluster({ brokers: addresses, ...(access && { access }) })
  random.mock.restore()
  t.after(() => cluster.close())
  return cluster
}

/** Requires SASL PLAIN with a password that is accepted. */
function saslHandlers(
  isAccepted: (password: string) => boolean,
): Record<'SaslHandshake' | 'SaslAuthenticate', RequestHandler> {
  return {
    SaslHandshake: (_request, response) =>
      response.int16(0).array(['PLAIN'], (name) => response.string(name)),
    SaslAuthenticate: ({ body }, response) => {
      const password = String(body.bytes()).split('\0')[2]!
      if (isAccepted(password)) response.int16(0).string(null)
      else response.int16(58).string('Invalid username or password')
      response.bytes(Buffer.alloc(0)).int64(0)
    },
  }
}

const plain = (password: string): Access => ({ sasl: { mechanism: 'PLAIN', username: 'me', password } })

for (const [kind, access, firstMs] of [
  ['with tokens', { sasl: { mechanism: 'OAUTHBEARER', newToken } }, 1_000],
  ['without tokens', {}, 20],
] as const) {
  it(`${kind}, does not connect again to an unreachable broker for ${firstMs} ms, then for twice as long`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
    const { address, sockets } = await listening((socket) => socket.destroy())
    const cluster = clusterOf(t, [address], fixedAccess(access))
    const send = () =>
      assert.rejects(cluster.sendToAny(request), {
        name: 'ConnectionError',
        message: /closed the connection/,
      })
    await send()
    await send()
    assert.equal(sockets.length, 1)
    t.mock.timers.tick(firstMs)
    await send()
    assert.equal(sockets.length, 2)
    t.mock.timers.tick(2 * firstMs - 1)
    await send()
    assert.equal(sockets.length, 2)
    t.mock.timers.tick(1)
    await send()
    assert.equal(sockets.length, 3)
  })
}

it('sends to the first broker that can be reached, and again on the same connection', async (t) => {
  const good = await ScriptedBroker.start()
  const { address } = await listening((socket) => socket.destroy())
  const cluster = clusterOf(t, [address, good.address])
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await cluster.sendToAny(producerIdRequest()), { id: 7n, epoch: 0 })
  }
  assert.equal(good.connections, 1)
})

it('sends to another broker while the first one does not respond to the connection', async (t) => {
  const good = await ScriptedBroker.start()
  const silent = await listening(() => undefined)
  const cluster = clusterOf(t, [silent.address, good.address])
  assert.deepEqual(await cluster.sendToAny(producerIdRequest()), { id: 7n, epoch: 0 })
  assert.equal(silent.sockets.length, 1)
  assert.equal(silent.sockets[0]!.closed, false, 'the attempt still runs')
})

it('throws the reason of the last broker when none can be reached', async (t) => {
  const [one, other] = [
    await listening((socket) => socket.destroy()),
    await listening((socket) => socket.destroy()),
  ]
  const cluster = clusterOf(t, [one.address, other.address])
  await assert.rejects(cluster.sendToAny(request), {
    name: 'ConnectionError',
    message: `the broker at ${other.address} cannot be reached: the broker closed the connection. If the listener uses TLS or SASL, this client must too`,
  })
})

for (const [phase, access] of [
  ['connects', fixedAccess({ tls: {} })],
  ['negotiates versions', fixedAccess()],
] as const) {
  it(`fails pending and later requests when it is closed while it ${phase}`, async (t) => {
    let connect: () => void = () => undefined
    const connected = new Promise<void>((resolve) => {
      connect = resolve
    })
    const { address } = await listening((socket) => socket.once('data', connect))
    const cluster = clusterOf(t, [address], access)
    const sent = cluster.sendToAny(request)
    await connected
    cluster.close()
    await assert.rejects(sent, { name: 'ConnectionError', message: /: this client (is closed|closed it)$/ })
    await assert.rejects(cluster.sendToAny(request), { message: /: this client is closed$/ })
  })
}

it('opens no connection when it is closed while it reads credentials', async (t) => {
  const broker = await ScriptedBroker.start()
  let provide: (access: Access) => void = () => undefined
  const pending = new Promise<Access>((resolve) => {
    provide = resolve
  })
  const cluster = clusterOf(t, [broker.address], { get: () => pending, refresh: () => false })
  const sent = cluster.sendToAny(request)
  cluster.close()
  provide({})
  await assert.rejects(sent, { name: 'ConnectionError', message: /: this client is closed$/ })
})

it('reads rejected credentials again once', async (t) => {
  const broker = await ScriptedBroker.start({ handlers: saslHandlers((password) => password === 'new') })
  let password = 'old'
  const calls: string[] = []
  const access: AccessSource = {
    get: async () => {
      calls.push(`get ${password}`)
      return plain(password)
    },
    refresh: () => {
      calls.push('refresh')
      password = 'new'
      return true
    },
  }
  await clusterOf(t, [broker.address], access).sendToAny(request)
  assert.deepEqual(calls, ['get old', 'refresh', 'get new'])
})

it('can retry after the broker rejected a connection because there are too many', async (t) => {
  const { SaslAuthenticate, ...handlers } = saslHandlers(() => true)
  const broker = await ScriptedBroker.start({
    handlers: {
      ...handlers,
      SaslAuthenticate: (received, response) => {
        if (broker.connections > 1) return SaslAuthenticate(received, response)
        return response.int16(58).string('[1f]: Too many connects').bytes(null).int64(0)
      },
    },
  })
  const cluster = clusterOf(t, [broker.address], fixedAccess(plain('x')))
  const reasons: string[] = []
  await retry(() => cluster.sendToAny(request), {
    firstBackoffMs: 20,
    maxBackoffMs: 20,
    timeoutMs: 10_000,
    mayRetry: (error) => {
      reasons.push(messageOf(error))
      return isRetriable(error)
    },
  })
  assert.match(reasons[0]!, /^the broker at 127\.0\.0\.1:\d+ cannot be reached: .*Too many connects$/)
})

it('throws AccessError when the credentials are rejected again after the refresh', async (t) => {
  const broker = await ScriptedBroker.start({ handlers: saslHandlers(() => false) })
  let refreshes = 0
  const access: AccessSource = { get: async () => plain('old'), refresh: () => ++refreshes > 0 }
  await assert.rejects(clusterOf(t, [broker.address], access).sendToAny(request), {
    name: 'AccessError',
    message: 'SASL authentication failed: Invalid username or password',
  })
  assert.equal(refreshes, 1)
  assert.equal(broker.connections, 2)
})

it('connects again after a rejection, when the back-off is over', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  let isAccepted = false
  const broker = await ScriptedBroker.start({ handlers: saslHandlers(() => isAccepted) })
  const cluster = clusterOf(t, [broker.address], fixedAccess(plain('x')))
  await assert.rejects(cluster.sendToAny(request), AccessError)
  await assert.rejects(cluster.sendToAny(request), AccessError)
  assert.equal(broker.connections, 1)
  isAccepted = true
  t.mock.timers.tick(20)
  await cluster.sendToAny(request)
  await cluster.sendToAny(request)
  assert.equal(broker.connections, 2)
})

it('throws a rejection although another broker is unreachable', async (t) => {
  const broker = await ScriptedBroker.start({ handlers: saslHandlers(() => false) })
  const { address } = await listening((socket) => socket.destroy())
  for (const addresses of [
    [broker.address, address],
    [address, broker.address],
  ]) {
    const cluster = clusterOf(t, addresses, fixedAccess(plain('x')))
    await assert.rejects(cluster.sendToAny(request), AccessError)
  }
})

it('replaces a connection that was unused for a minute', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const broker = await ScriptedBroker.start()
  const cluster = clusterOf(t, [broker.address])
  await cluster.sendToAny(request)
  t.mock.timers.tick(60_000)
  await cluster.sendToAny(request)
  assert.deepEqual(
    broker.requestsOf('Metadata').map(({ connection }) => connection),
    [1, 2],
  )
  const [first] = broker.sockets
  if (!first!.closed) await once(first!, 'close')
})

it('probes a connection that was unused for 5 s, and replaces it for all callers when it is dead', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const broker = await ScriptedBroker.start()
  const cluster = clusterOf(t, [broker.address])
  await cluster.sendToAny(request)
  t.mock.timers.tick(5_000)
  await cluster.sendToAny(request)
  const probes = () => broker.requestsOf('ApiVersions').map(({ connection }) => connection)
  assert.deepEqual(probes(), [1, 1])
  broker.silenced.add(1)
  t.mock.timers.tick(5_000)
  const sent = [cluster.sendToAny(request), cluster.sendToAny(request)]
  await broker.received('ApiVersions', 3)
  t.mock.timers.tick(1_000)
  await Promise.all(sent)
  assert.deepEqual(probes(), [1, 1, 1, 2])
  assert.deepEqual(
    broker.requestsOf('Metadata').map(({ connection }) => connection),
    [1, 1, 2, 2],
  )
})

it('probes the other connections after one has stopped responding', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const broker = await ScriptedBroker.start()
  const cluster = clusterOf(t, [broker.address])
  await cluster.sendToAny(request, 'one')
  await cluster.sendToAny(request, 'other')
  assert.equal(broker.requestsOf('ApiVersions').length, 2)
  broker.silenced.add(1)
  const sent = cluster.sendToAny(request, 'one')
  await broker.received('Metadata', 3)
  t.mock.timers.tick(2_000)
  await assert.rejects(sent, (error) => error instanceof ConnectionError && error.wasSent)
  await cluster.sendToAny(request, 'other')
  assert.deepEqual(
    broker.requests.slice(-2).map(({ api, connection }) => [api, connection]),
    [
      ['ApiVersions', 2],
      ['Metadata', 2],
    ],
  )
})

it('probes all connections at once when one was unused for 5 s, so that several dead ones cost one timeout', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const broker = await ScriptedBroker.start()
  const cluster = clusterOf(t, [broker.address])
  const lanes = ['one', 'two', 'three']
  for (const lane of lanes) await cluster.sendToAny(request, lane)
  for (const connection of [1, 2, 3]) broker.silenced.add(connection)
  t.mock.timers.tick(5_000)
  const sent = cluster.sendToAny(request, 'one')
  await broker.received('ApiVersions', 6)
  t.mock.timers.tick(1_000)
  await sent
  for (const lane of lanes) await cluster.sendToAny(request, lane)
  assert.deepEqual(
    broker.requestsOf('ApiVersions').map(({ connection }) => connection),
    [1, 2, 3, 1, 2, 3, 4, 5, 6],
  )
})

it('probes all connections at once after one was silent, so that several dead ones cost two timeouts', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const broker = await ScriptedBroker.start()
  const cluster = clusterOf(t, [broker.address])
  const lanes = ['one', 'two', 'three']
  for (const lane of lanes) await cluster.sendToAny(request, lane)
  for (const connection of [1, 2, 3]) broker.silenced.add(connection)
  const sent = assert.rejects(cluster.sendToAny(request, 'one'), ConnectionError)
  await broker.received('Metadata', 4)
  t.mock.timers.tick(2_000)
  await sent
  const second = cluster.sendToAny(request, 'two')
  await broker.received('ApiVersions', 5)
  t.mock.timers.tick(1_000)
  await second
  for (const lane of lanes) await cluster.sendToAny(request, lane)
  assert.deepEqual(
    broker.requestsOf('ApiVersions').map(({ connection }) => connection),
    [1, 2, 3, 2, 3, 4, 5, 6],
  )
})

it('doubles the response timeout after each timeout, until a broker responds', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const broker = await ScriptedBroker.start({ handlers: { InitProducerId: () => 'no response' } })
  const cluster = clusterOf(t, [broker.address])
  const silences: string[] = []
  for (const [i, ms] of [2_000, 4_000, 8_000, 16_000, 16_000].entries()) {
    const sent = cluster.sendToAny(producerIdRequest(), `lane ${i}`)
    await broker.received('InitProducerId', i + 1)
    t.mock.timers.tick(ms)
    await sent.catch((error: Error) => silences.push(error.message.replace(/.*: /, '')))
  }
  const seconds = [2, 4, 8, 16, 16].map((each) => `no response within ${each} s`)
  assert.deepEqual(silences, seconds)
})

it('works with the versions of Redpanda', async (t) => {
  const versions = {
    Produce: { min: 0, max: 7 },
    Metadata: { min: 0, max: 8 },
    FindCoordinator: { min: 0, max: 2 },
    InitProducerId: { min: 0, max: 4 },
  }
  const broker = await ScriptedBroker.start({ versions })
  broker.topics.push({ name: 't', partitions: 2 })
  const cluster = clusterOf(t, [broker.address])
  const { topics } = await cluster.metadata(['t'])
  assert.deepEqual(topics.get('t'), {
    name: 't',
    id: '',
    partitions: [0, 1].map((partition) => ({ partition, leader: 1, replicas: [1], inSync: [1] })),
  })
  await cluster.sendToCoordinator('transaction', 'x', producerIdRequest())
  assert.deepEqual(
    broker.requests.map(({ api, version }) => `${api} ${version}`),
    ['ApiVersions 0', 'Metadata 8', 'FindCoordinator 2', 'InitProducerId 1'],
  )
})

it('reports a broker without a common version as BROKER_UNSUPPORTED with its range', async (t) => {
  const broker = await ScriptedBroker.start({ versions: { Metadata: { min: 20, max: 22 } } })
  const cluster = clusterOf(t, [broker.address])
  const error = await cluster.metadata(['t']).catch((reason: unknown) => kafkaError(reason, 'Describing t'))
  assert.ok(error instanceof AppError)
  assert.deepEqual([error.code, error.retryable], ['BROKER_UNSUPPORTED', false])
  assert.equal(
    error.message,
    `Describing t failed: the broker at ${broker.address} supports Metadata in versions 20 to 22, but this client needs a version from 5 to 12. Use Apache Kafka 2.1 to 4.x, or a broker that supports the same requests.`,
  )
})

/** Describes the nodes 1, 2, … at these ports, and topic t, whose partition 0 node 1 leads. */
function describing(...ports: readonly number[]): RequestHandler {
  return (_request, response) => {
    const nodes = ports.map((port, i) => ({ node: i + 1, port }))
    response.int32(0)
    response.array(nodes, ({ node, port }) =>
      response.int32(node).string('127.0.0.1').int32(port).string(null),
    )
    response.string('cluster').int32(1)
    response.array(nodes.slice(0, 1), ({ node }) => {
      response.int16(0).string('t').boolean(false)
      response.array([0], (partition) => {
        response.int16(0).int32(partition).int32(node)
        for (const replicas of [[node], [node], []]) response.array(replicas, (each) => response.int32(each))
      })
    })
  }
}

const metadata5 = { versions: { Metadata: { min: 0, max: 5 } } }

it('asks another broker after a failure, because the metadata of the first one may be stale', async (t) => {
  const stale = await ScriptedBroker.start(metadata5)
  const current = await ScriptedBroker.start(metadata5)
  const dead = createServer().listen(0, '127.0.0.1')
  await once(dead, 'listening')
  const { port } = dead.address() as AddressInfo
  dead.close()
  await once(dead, 'close')
  stale.handlers.Metadata = describing(port, stale.port)
  current.handlers.Metadata = describing(current.port, stale.port)
  const cluster = clusterOf(t, [stale.address, current.address])
  const send = () => cluster.sendToLeaders('t', [0], () => producerIdRequest())
  await assert.rejects(send(), { name: 'ConnectionError', message: new RegExp(`127.0.0.1:${port} `) })
  assert.deepEqual(await send(), [{ id: 7n, epoch: 0 }])
  stale.handlers.FindCoordinator = (_request, response) =>
    response.int32(0).int16(0).string(null).int32(1).string('127.0.0.1').int32(port)
  cluster.forgetTopic('t') // doubts the current broker
  const coordinate = () => cluster.sendToCoordinator('group', 'g', producerIdRequest())
  await assert.rejects(coordinate(), { name: 'ConnectionError' })
  assert.deepEqual(await coordinate(), { id: 7n, epoch: 0 })
})

it('asks another broker if the first one is starting and knows no brokers yet', async (t) => {
  const starting = await ScriptedBroker.start(metadata5)
  const ready = await ScriptedBroker.start(metadata5)
  starting.handlers.Metadata = describing()
  ready.handlers.Metadata = describing(ready.port)
  const cluster = clusterOf(t, [starting.address, ready.address])
  assert.equal((await cluster.cachedTopic('t')).partitions.length, 1)
})

it('sends to a connected broker while the connection to another one opens', async (t) => {
  const broker = await ScriptedBroker.start(metadata5)
  const silent = await listening(() => undefined)
  broker.handlers.Metadata = describing(Number(silent.address.replace(/.*:/, '')), broker.port)
  const cluster = clusterOf(t, [broker.address])
  await cluster.metadata(['t'])
  const opening = assert.rejects(cluster.sendTo(1, producerIdRequest()))
  const staggered = delay(250, 'staggered')
  const sent = cluster.sendToAny(producerIdRequest()).then(() => 'sent')
  assert.equal(await Promise.race([sent, staggered]), 'sent')
  cluster.close()
  await opening
})

it('ends a back-off when the clock is set back', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const { address, sockets } = await listening((socket) => socket.destroy())
  const cluster = clusterOf(t, [address])
  await assert.rejects(cluster.sendToAny(request))
  t.mock.timers.setTime(500_000)
  await assert.rejects(cluster.sendToAny(request))
  assert.equal(sockets.length, 2)
})

it('looks up a coordinator once while it completes a transaction', async (t) => {
  const codes = [51, 51, 0] // CONCURRENT_TRANSACTIONS
  const broker = await ScriptedBroker.start()
  broker.handlers.InitProducerId = (_request, response) =>
    response.int32(0).int16(codes.shift()!).int64(7n).int16(0)
  const cluster = clusterOf(t, [broker.address])
  const send = () => cluster.sendToCoordinator('transaction', 'x', producerIdRequest('x', 1))
  for (let i = 0; i < 2; i++) await assert.rejects(send(), { name: 'ProtocolError' })
  await send()
  assert.equal(broker.requestsOf('FindCoordinator').length, 1)
})
