import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, it } from 'node:test'
import { Brokers } from '../../../../../lib/kafka/wire/brokers.ts'
import { newProducerId } from '../../../../../lib/kafka/wire/requests.ts'

const newToken = async () => ({ tokenValue: 'token', lifetime: 0, principal: '' })

/** Something that listens, and what it does with each connection. */
async function listening(serve: (socket: Socket) => void) {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function brokersAt(addresses: readonly string[], access: ConstructorParameters<typeof Brokers>[1] = {}) {
  const brokers = new Brokers(addresses, access)
  after(() => brokers.close())
  return brokers
}

it('a broker that can’t be connected to is left alone for a second where tokens are asked for', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  let connections = 0
  const address = await listening((socket) => {
    connections++
    socket.destroy()
  })
  const brokers = brokersAt([address], { sasl: { mechanism: 'OAUTHBEARER', newToken } })
  const ask = () => assert.rejects(brokers.askAny(newProducerId()), { message: /closed|ECONNRESET/ })
  await ask()
  await ask()
  assert.equal(connections, 1)
  t.mock.timers.tick(1_000)
  await ask()
  assert.equal(connections, 2)
  t.mock.timers.tick(1_999)
  await ask()
  assert.equal(connections, 2, 'and twice as long the next time')
  t.mock.timers.tick(1)
  await ask()
  assert.equal(connections, 3)
})

it('whoever answers is enough, and is asked on the same connection again', async () => {
  let connections = 0
  const answer = Buffer.alloc(4 + 4 + 4 + 2 + 8 + 2)
  answer.writeInt32BE(answer.length - 4)
  const good = await listening((socket) => {
    connections++
    let asked = 0
    socket.on('data', () => {
      answer.writeInt32BE(asked++, 4)
      socket.write(answer)
    })
  })
  const gone = await listening((socket) => socket.destroy())
  const brokers = brokersAt([gone, good])
  for (let i = 0; i < 3; i++) assert.deepEqual(await brokers.askAny(newProducerId()), { id: 0n, epoch: 0 })
  assert.equal(connections, 1)
})

it('once closed, it asks nobody', async () => {
  const brokers = brokersAt([await listening(() => {})])
  const asked = brokers.askAny(newProducerId())
  brokers.close()
  await assert.rejects(asked, { message: /closed/ })
  await assert.rejects(brokers.askAny(newProducerId()), { message: /closed/ })
})
