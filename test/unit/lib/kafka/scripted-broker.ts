/** A broker that answers what a producer asks it as a test says, and keeps what it was sent. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after } from 'node:test'
import { RequestBody } from '../../../../lib/kafka/wire/request.ts'

const keys = { produce: 0, metadata: 3, initProducerId: 22 } as const
const headBytes = 61

export class ScriptedBroker {
  /** The batches that it was sent, in order. */
  readonly batches: Buffer[] = []
  /** Kafka's error codes for the next of them; 0 when there are none left. */
  readonly errors: number[] = []
  readonly #topic: string
  #port = 0

  private constructor(topic: string) {
    this.#topic = topic
  }

  /** Leads the one partition of this topic. */
  static async start(topic: string): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(topic)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      broker.#serve(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    broker.#port = (server.address() as AddressInfo).port
    after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return broker
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  #serve(socket: Socket): void {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
        const end = 4 + received.readInt32BE()
        socket.write(this.#answer(received.subarray(4, end)))
        received = received.subarray(end)
      }
    })
  }

  #answer(request: Buffer): Buffer {
    const body = new RequestBody().int32(request.readInt32BE(4))
    const key = request.readInt16BE()
    if (key === keys.metadata) this.#describe(body)
    else if (key === keys.initProducerId) body.int32(0).int16(0).int64(7n).int16(0)
    else if (key === keys.produce) this.#take(request, body)
    else throw new Error(`This broker is not to be asked ${key}.`)
    const bytes = Buffer.concat(body.parts)
    return Buffer.concat([...new RequestBody().int32(bytes.length).parts, bytes])
  }

  #describe(body: RequestBody): void {
    body.int32(0).int32(1).int32(1).text('127.0.0.1').int32(this.#port).text(null).text(null).int32(1)
    body.int32(1).int16(0).text(this.#topic).int8(0)
    body.int32(1).int16(0).int32(0).int32(1).int32(0).int32(0).int32(0).int32(0)
    body.int32(0).int32(0)
  }

  /** One topic, one partition, one batch, which is the request's end. */
  #take(request: Buffer, body: RequestBody): void {
    const magicAt = 16
    let start = request.length - headBytes
    while (request[start + magicAt] !== 2 || request.readInt32BE(start + 8) !== request.length - start - 12)
      start--
    this.batches.push(Buffer.from(request.subarray(start)))
    body.int32(1).text(this.#topic).int32(1).int32(0)
    body.int16(this.errors.shift() ?? 0)
    body.int64(0n).int64(-1n).int64(0n).int32(0).text(null).int32(0)
  }
}
