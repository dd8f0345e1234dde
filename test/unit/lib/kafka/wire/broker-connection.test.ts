import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, it } from 'node:test'
import { BrokerConnection } from '../../../../../lib/kafka/wire/broker-connection.ts'
import { RequestBody } from '../../../../../lib/kafka/wire/request.ts'

const api = { key: 3, version: 8 }

/** A connection to a server that does this with what it is sent. */
async function connected(serve: (socket: Socket, chunk: Buffer) => void): Promise<BrokerConnection> {
  const server = createServer((socket) => socket.on('data', (chunk) => serve(socket, chunk)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = await BrokerConnection.open({ host: '127.0.0.1', port }, {})
  after(() => {
    connection.close()
    server.close()
  })
  return connection
}

function answer(correlationId: number, text: string): Buffer {
  const body = Buffer.concat(new RequestBody().int32(correlationId).text(text).parts)
  return Buffer.concat([...new RequestBody().int32(body.length).parts, body])
}

it('gives each request its own answer, however they are cut up on the way', async () => {
  let asked = 0
  const connection = await connected((socket, chunk) => {
    asked += String(chunk).split('question').length - 1
    if (asked < 2) return
    const answers = Buffer.concat([answer(0, 'first'), answer(1, 'second')])
    for (const byte of answers) socket.write(Buffer.from([byte]))
  })
  const answers = await Promise.all([
    connection.ask(api, new RequestBody().text('question')),
    connection.ask(api, new RequestBody().text('question')),
  ])
  assert.deepEqual(
    answers.map((answer) => answer.text()),
    ['first', 'second'],
  )
})

for (const [what, serve, reason] of [
  ['is closed', (socket: Socket) => socket.end(), /closed the connection/],
  // What a TLS server says to who does not begin a handshake: an alert.
  [
    'leads to something else',
    (socket: Socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])),
    /Kafka's protocol; does it want TLS/,
  ],
  ['answers another question', (socket: Socket) => socket.write(answer(7, '')), /not asked/],
] as const) {
  it(`fails what was asked when it ${what}, and what is asked later`, async () => {
    const connection = await connected(serve)
    const asked = [1, 2].map(() =>
      assert.rejects(connection.ask(api, new RequestBody()), { message: reason }),
    )
    await Promise.all(asked)
    assert.equal(connection.isUsable, false)
    await assert.rejects(connection.ask(api, new RequestBody()), { message: reason })
  })
}

it('fails what was asked when nobody answers in time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const connection = await connected(() => {})
  const asked = connection.ask(api, new RequestBody())
  t.mock.timers.tick(15_000)
  await assert.rejects(asked, { message: /did not answer within 15 s/ })
})

it('says that nobody is there', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await assert.rejects(BrokerConnection.open({ host: '127.0.0.1', port }, {}), { code: 'ECONNREFUSED' })
})
