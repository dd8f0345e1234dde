import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, it, type TestContext } from 'node:test'
import { Connection } from '../../../../kafka/cluster/connection.ts'
import { metadataRequest } from '../../../../kafka/protocol/metadata.ts'
import type { Request } from '../../../../kafka/protocol/request.ts'
import { ProtocolWriter } from '../../../../kafka/protocol/writer.ts'
import { ScriptedBroker, type ScriptedBrokerOptions, turns } from '../scripted-broker.ts'

const options = { clientId: 'test', timeoutMs: 5_000 }
const timeoutMs = 1_000

/** A request whose response is one string. */
const echo: Request<string> = {
  api: { key: 3, name: 'Metadata', min: 5, max: 8 },
  encode: (writer) => writer.string('question'),
  decode: (reader) => reader.text(),
}

async function open(broker: ScriptedBroker): Promise<Connection> {
  const connection = await Connection.open({ host: '127.0.0.1', port: broker.port }, {}, options)
  after(() => connection.close())
  return connection
}

async function connected(brokerOptions?: ScriptedBrokerOptions) {
  const broker = await ScriptedBroker.start(brokerOptions)
  return { broker, connection: await open(broker) }
}

/** From now on, only `tick` moves the clock. */
function mockTime(t: TestContext): void {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  await turns(20)
  return !isSettled
}

/** The frame of a response that is one string. */
function frame(correlationId: number, text: string): Buffer {
  const body = new ProtocolWriter().int32(correlationId).string(text).buffer
  return Buffer.concat([new ProtocolWriter().int32(body.length).buffer, body])
}

it('gives each request its own response, however the bytes are divided', async () => {
  let received = 0
  const { broker, connection } = await connected()
  broker.handlers.Metadata = ({ socket }) => {
    if (++received < 2) return 'no response'
    for (const byte of Buffer.concat([frame(1, 'first'), frame(2, 'second')]))
      socket.write(Buffer.from([byte]))
    return 'no response'
  }
  const responses = await Promise.all([connection.send(echo, timeoutMs), connection.send(echo, timeoutMs)])
  assert.deepEqual(responses, ['first', 'second'])
})

for (const [what, serve, reason] of [
  [
    'is closed',
    (socket: Socket) => socket.end(),
    /the connection to 127.0.0.1:\d+ was lost: the broker closed the connection$/,
  ],
  [
    'gets bytes of another protocol',
    // The alert of a TLS server.
    (socket: Socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])),
    /was lost: the peer does not use the Kafka protocol$/,
  ],
  [
    'gets a response without a request',
    (socket: Socket) => socket.write(frame(70, '')),
    /a response without a request/,
  ],
] as const) {
  it(`fails pending and later requests when the connection ${what}`, async () => {
    const { broker, connection } = await connected()
    broker.handlers.Metadata = ({ socket }) => {
      serve(socket)
      return 'no response'
    }
    const pending = [1, 2].map(() =>
      assert.rejects(connection.send(echo, timeoutMs), {
        name: 'ConnectionError',
        message: reason,
        wasSent: true,
      }),
    )
    await Promise.all(pending)
    assert.equal(connection.isUsable, false)
    await assert.rejects(connection.send(echo, timeoutMs), { name: 'ConnectionError', wasSent: false })
  })
}

it('serves other requests after one that cannot be encoded', async () => {
  const { broker, connection } = await connected()
  broker.handlers.Metadata = (_request, response) => response.string('response')
  const tooLong = { ...echo, encode: (writer: ProtocolWriter) => writer.string('x'.repeat(40_000)) }
  await assert.rejects(connection.send(tooLong, timeoutMs), RangeError)
  assert.equal(await connection.send(echo, timeoutMs), 'response')
})

it('fails a request whose response ends before its last field', async () => {
  const { broker, connection } = await connected()
  broker.handlers.Metadata = (_request, response) => response.int16(10)
  await assert.rejects(connection.send(echo, timeoutMs), {
    name: 'ConnectionError',
    message: /Metadata: the response ends before its last field/,
  })
})

it('reports a refused connection', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await assert.rejects(Connection.open({ host: '127.0.0.1', port }, {}, options), {
    name: 'ConnectionError',
    message: `the broker at 127.0.0.1:${port} cannot be reached: no program listens on this port. Check the address, and that the broker runs`,
    wasSent: false,
  })
})

for (const [name, range, version] of [
  ['the newest version of both', { min: 0, max: 13 }, 12],
  ["the broker's newest version", { min: 0, max: 8 }, 8],
  ["this client's oldest version", { min: 3, max: 5 }, 5],
] as const) {
  it(`chooses ${name}`, async () => {
    const { broker, connection } = await connected({ versions: { Metadata: range } })
    await connection.send(metadataRequest([]), timeoutMs)
    assert.deepEqual(
      broker.requestsOf('Metadata').map((request) => request.version),
      [version],
    )
  })
}

for (const [what, range, supported] of [
  ['only newer versions', { min: 13, max: 15 }, 'supports Metadata in versions 13 to 15'],
  ['only older versions', { min: 0, max: 4 }, 'supports Metadata in versions 0 to 4'],
  ['no version', undefined, 'does not support Metadata'],
] as const) {
  it(`rejects a broker that has ${what} of a request`, async () => {
    const { broker, connection } = await connected({ versions: { Metadata: range } })
    await assert.rejects(connection.send(metadataRequest([]), timeoutMs), {
      name: 'UnsupportedBrokerError',
      message: `the broker at ${broker.address} ${supported}, but this client needs a version from 5 to 12. Use Apache Kafka 2.1 to 4.x, or a broker that supports the same requests`,
    })
    assert.equal(connection.isUsable, true)
  })
}

it('is not usable after a minute without use', async (t) => {
  mockTime(t)
  const { connection } = await connected()
  t.mock.timers.tick(59_999)
  assert.equal(connection.isUsable, true)
  t.mock.timers.tick(1)
  assert.equal(connection.isUsable, false)
  assert.equal(await connection.isAlive(), false)
})

it('is not probed when the broker has responded within 5 s', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  t.mock.timers.tick(4_999)
  assert.equal(await connection.isAlive(), true)
  assert.equal(broker.requestsOf('ApiVersions').length, 1, 'the one of the negotiation')
})

it('is probed after 5 s without use, once for concurrent callers', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  t.mock.timers.tick(5_000)
  assert.deepEqual(await Promise.all([connection.isAlive(), connection.isAlive()]), [true, true])
  assert.equal(broker.requestsOf('ApiVersions').length, 2)
})

it('is not alive for any concurrent caller when a probe is not answered within 1 s', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.ApiVersions = () => 'no response'
  t.mock.timers.tick(5_000)
  const first = connection.isAlive()
  const second = connection.isAlive()
  await broker.received('ApiVersions', 2)
  assert.equal(await isPending(second), true)
  t.mock.timers.tick(999)
  assert.equal(await isPending(first), true)
  t.mock.timers.tick(1)
  assert.deepEqual(await Promise.all([first, second]), [false, false])
  assert.equal(connection.isUsable, false)
})

it('fails a request when the broker is silent for the timeout', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.Metadata = () => 'no response'
  const sent = connection.send(echo, timeoutMs)
  await broker.received('Metadata', 1)
  t.mock.timers.tick(timeoutMs - 1)
  assert.equal(await isPending(sent), true)
  t.mock.timers.tick(1)
  await assert.rejects(sent, {
    name: 'ConnectionError',
    message: `the connection to ${broker.address} was lost: no response within 1 s`,
    wasSent: true,
  })
})

it('waits longer for a request that the broker may hold', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.Metadata = () => 'no response'
  const sent = connection.send({ ...echo, holdMs: 10_000 }, timeoutMs)
  await broker.received('Metadata', 1)
  t.mock.timers.tick(10_999)
  assert.equal(await isPending(sent), true)
  t.mock.timers.tick(1)
  await assert.rejects(sent, { message: /no response within 11 s/ })
})

it('does not fail a request while bytes of its response arrive', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.Metadata = () => 'no response'
  const first = connection.send(echo, timeoutMs)
  const second = connection.send(echo, timeoutMs)
  await broker.received('Metadata', 2)
  const { socket } = broker.requestsOf('Metadata')[0]!
  t.mock.timers.tick(900)
  const rest = frame(2, 'second')
  socket.write(Buffer.concat([frame(1, 'first'), rest.subarray(0, 6)]))
  assert.equal(await first, 'first')
  t.mock.timers.tick(900)
  assert.equal(await isPending(second), true)
  socket.write(rest.subarray(6))
  assert.equal(await second, 'second')
})

it('fails a request when the rest of its response does not arrive', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.Metadata = () => 'no response'
  const first = connection.send(echo, timeoutMs)
  const second = connection.send(echo, timeoutMs)
  await broker.received('Metadata', 2)
  const { socket } = broker.requestsOf('Metadata')[0]!
  t.mock.timers.tick(900)
  socket.write(Buffer.concat([frame(1, 'first'), frame(2, 'second').subarray(0, 6)]))
  assert.equal(await first, 'first')
  await turns(5)
  t.mock.timers.tick(timeoutMs)
  await assert.rejects(second, { message: /no response within 1 s/ })
})

it('does not count the time that the broker throttles as silence', async (t) => {
  mockTime(t)
  const { broker, connection } = await connected()
  broker.handlers.Metadata = () => 'no response'
  const first = connection.send(metadataRequest([]), timeoutMs)
  const second = connection.send(echo, timeoutMs)
  await broker.received('Metadata', 2)
  broker.requestsOf('Metadata')[0]!.socket.write(throttledMetadata(1, 5_000))
  await first
  t.mock.timers.tick(5_999)
  assert.equal(await isPending(second), true)
  t.mock.timers.tick(1)
  await assert.rejects(second, { message: /no response within 1 s/ })
})

it('delays the next request while the broker throttles', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const { broker, connection } = await connected()
  broker.throttleMs = 50
  await connection.send(metadataRequest([]), timeoutMs)
  broker.handlers.Metadata = (_request, response) => response.string('second')
  const second = connection.send(echo, timeoutMs)
  assert.equal(await isPending(second), true)
  assert.equal(broker.requestsOf('Metadata').length, 1)
  t.mock.timers.tick(50)
  assert.equal(await second, 'second')
})

it('fails throttled requests when it is closed', async (t) => {
  const warnings = t.mock.method(process, 'emitWarning', () => undefined)
  const { broker, connection } = await connected()
  broker.throttleMs = 60_000
  await connection.send(metadataRequest([]), timeoutMs)
  const throttled = Array.from({ length: 12 }, () => connection.send(echo, timeoutMs))
  assert.equal(await isPending(throttled[0]!), true)
  connection.close()
  for (const request of throttled)
    await assert.rejects(request, { message: /closed before the request was sent/, wasSent: false })
  assert.equal(warnings.mock.callCount(), 0)
})

it('accepts a response that arrived during a freeze, although the timeout fires first', async () => {
  const freezeMs = 100
  const { broker, connection } = await connected()
  broker.handlers.Metadata = ({ socket }) => {
    socket.write(frame(1, 'late'))
    // Blocks the event loop, as a freeze does: the timer below is due before the response is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs)
    return 'no response'
  }
  assert.equal(await connection.send(echo, freezeMs / 2), 'late')
})

it('is not usable after 90 % of the lifetime of its session', async (t) => {
  mockTime(t)
  const broker = await ScriptedBroker.start({
    handlers: {
      SaslHandshake: (_request, response) => {
        response.int16(0).array(['PLAIN'], (name) => response.string(name))
      },
      SaslAuthenticate: (_request, response) =>
        response.int16(0).string(null).bytes(Buffer.alloc(0)).int64(20_000),
    },
  })
  const sasl = { mechanism: 'PLAIN', username: 'me', password: 'secret' } as const
  const connection = await Connection.open({ host: '127.0.0.1', port: broker.port }, { sasl }, options)
  t.after(() => connection.close())
  t.mock.timers.tick(17_999)
  assert.equal(connection.isUsable, true)
  t.mock.timers.tick(1)
  assert.equal(connection.isUsable, false)
})

it('completes pending requests after it was retired, and closes then', async () => {
  const { broker, connection } = await connected()
  let respond = () => undefined as unknown
  broker.handlers.Metadata = async (_request, response) => {
    await new Promise<void>((resolve) => {
      respond = () => resolve()
    })
    response.string('done')
  }
  const sent = connection.send(echo, timeoutMs)
  await broker.received('Metadata', 1)
  connection.retire()
  assert.equal(connection.isUsable, false)
  const [socket] = [...broker.sockets]
  const closed = once(socket!, 'close')
  respond()
  assert.equal(await sent, 'done')
  await closed
})

/** Response to a Metadata request of version 12 without brokers and topics. */
function throttledMetadata(correlationId: number, throttleMs: number): Buffer {
  const body = new ProtocolWriter(true)
  body.int32(correlationId).noTags().int32(throttleMs)
  body.structures([1], (node) => body.int32(node).string('b').int32(9092).string(null)).string(null)
  body.int32(-1)
  body.structures([], () => undefined)
  body.noTags()
  return Buffer.concat([new ProtocolWriter().int32(body.buffer.length).buffer, body.buffer])
}
