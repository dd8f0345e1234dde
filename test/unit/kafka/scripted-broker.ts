/** A broker in this process that responds as a test scripts it, and records the requests that it receives. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after } from 'node:test'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { ProtocolReader } from '../../../kafka/protocol/reader.ts'
import type { VersionRange } from '../../../kafka/protocol/request.ts'
import { ProtocolWriter } from '../../../kafka/protocol/writer.ts'

/** Key, and the versions that this broker announces unless a test changes them: those of Apache Kafka 4.x, roughly. */
const apis = {
  Produce: [0, 3, 13],
  Fetch: [1, 4, 17],
  Metadata: [3, 0, 13],
  FindCoordinator: [10, 0, 6],
  SaslHandshake: [17, 0, 1],
  ApiVersions: [18, 0, 4],
  CreateTopics: [19, 2, 7],
  DeleteTopics: [20, 1, 6],
  InitProducerId: [22, 0, 6],
  AddPartitionsToTxn: [24, 0, 5],
  EndTxn: [26, 0, 5],
  SaslAuthenticate: [36, 0, 2],
  DeleteGroups: [42, 0, 2],
} as const

export type ApiName = keyof typeof apis

/** The versions of each API by name; undefined: the broker does not have it. */
export type Versions = Partial<Record<ApiName, VersionRange | undefined>>

export type ReceivedRequest = {
  readonly api: ApiName
  readonly version: number
  /** The connection that it came on, from 1. */
  readonly connection: number
  readonly body: ProtocolReader
  readonly socket: Socket
}

/**
 * Writes the response's body. Returns `no response` to be silent, or a promise to respond when it resolves.
 */
export type RequestHandler = (
  request: ReceivedRequest,
  response: ProtocolWriter,
) => unknown | 'no response' | Promise<unknown | 'no response'>

export type ScriptedBrokerOptions = {
  readonly versions?: Versions
  readonly handlers?: Partial<Record<ApiName, RequestHandler>>
  readonly tls?: TlsOptions
  readonly host?: string
}

export type ScriptedTopic = {
  readonly name: string
  /** 22 characters of base64url. */
  id?: string
  partitions?: number
  /** Node ids by partition; by default, 1. */
  leaders?: readonly number[]
}

const metadataFlexibleFrom = 9
const headBytes = 61
const lengthAt = 8
const magicAt = 16

export class ScriptedBroker {
  readonly topics: ScriptedTopic[] = []
  /** Ports by node id. This broker has 1. */
  readonly nodes = new Map<number, number>()
  /** Requests in the order of their arrival. */
  readonly requests: ReceivedRequest[] = []
  /** Batches of Produce requests. */
  readonly batches: Buffer[] = []
  /** Kafka's error codes for the next batches; 0 when none is left. */
  readonly errors: number[] = []
  /** Throttle time of the next responses to Metadata and Produce requests. */
  throttleMs = 0
  /** Connections that were accepted. */
  connections = 0
  /** Connections that get no response, by number. */
  readonly silenced = new Set<number>()
  readonly handlers: Partial<Record<ApiName, RequestHandler>>
  readonly sockets = new Set<Socket>()
  readonly #versions: Versions
  readonly #host: string
  #waiting: (() => void)[] = []
  #port = 0

  private constructor({ versions = {}, handlers = {}, host = '127.0.0.1' }: ScriptedBrokerOptions) {
    this.#versions = versions
    this.handlers = { ...handlers }
    this.#host = host
  }

  static async start(options: ScriptedBrokerOptions = {}): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(options)
    const serve = (socket: Socket) => broker.#serve(socket)
    const server: Server =
      options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    broker.#port = (server.address() as AddressInfo).port
    broker.nodes.set(1, broker.#port)
    after(() => {
      for (const socket of broker.sockets) socket.destroy()
      server.close()
    })
    return broker
  }

  /** Of its listener. */
  get port(): number {
    return this.#port
  }

  get address(): string {
    return `${this.#host}:${this.#port}`
  }

  /** Requests of one API. */
  requestsOf(api: ApiName): readonly ReceivedRequest[] {
    return this.requests.filter((request) => request.api === api)
  }

  /** Resolves when the broker has received as many requests of this API, all connections together. */
  async received(api: ApiName, count: number): Promise<void> {
    while (this.requestsOf(api).length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections
    this.sockets.add(socket)
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
        const end = 4 + received.readInt32BE()
        void this.#respond(Buffer.from(received.subarray(4, end)), socket, connection)
        received = received.subarray(end)
      }
    })
  }

  async #respond(bytes: Buffer, socket: Socket, connection: number): Promise<void> {
    const header = new ProtocolReader(bytes)
    const key = header.int16()
    const version = header.int16()
    const correlationId = header.int32()
    const clientId = header.text()
    const api = (Object.keys(apis) as ApiName[]).find((name) => apis[name][0] === key)
    if (api === undefined) throw new Error(`No test expects the API with key ${key}`)
    const isFlexible = api === 'Metadata' && version >= metadataFlexibleFrom
    const headerBytes = 10 + Buffer.byteLength(clientId) + Number(isFlexible)
    const body = new ProtocolReader(bytes, isFlexible, headerBytes)
    const request = { api, version, connection, body, socket }
    this.requests.push(request)
    const response = new ProtocolWriter(isFlexible)
    const handler = this.handlers[api] ?? this.#defaults[api]
    if (handler === undefined) throw new Error(`No test expects ${api} requests`)
    if (api === 'Produce') this.batches.push(batchIn(bytes))
    const result = handler(request, response)
    for (const resolve of this.#waiting.splice(0)) resolve()
    const outcome = result instanceof Promise ? await result : result
    if (outcome === 'no response' || this.silenced.has(connection)) return
    socket.write(framed(correlationId, isFlexible, response))
  }

  readonly #defaults: Partial<Record<ApiName, RequestHandler>> = {
    ApiVersions: (_request, response) => {
      const ranges = (Object.keys(apis) as ApiName[]).flatMap((name) => {
        const [key, min, max] = apis[name]
        const range = name in this.#versions ? this.#versions[name] : { min, max }
        return range === undefined ? [] : [{ key, ...range }]
      })
      response.int16(0)
      response.array(ranges, ({ key, min, max }) => response.int16(key).int16(min).int16(max))
    },
    Metadata: ({ version }, response) => this.#describe(version, response),
    InitProducerId: (_request, response) => response.int32(0).int16(0).int64(7n).int16(0),
    FindCoordinator: (_request, response) =>
      response.int32(0).int16(0).string(null).int32(1).string(this.#host).int32(this.#port),
    Produce: (request, response) => this.produce(request, response),
  }

  #describe(version: number, response: ProtocolWriter): void {
    response.int32(this.throttleMs)
    response.structures([...this.nodes], ([node, port]) =>
      response.int32(node).string(this.#host).int32(port).string(null),
    )
    response.string('cluster').int32(1)
    response.structures(this.topics, ({ name, id = '', partitions = 1, leaders = [] }) => {
      response.int16(0).string(name)
      if (version >= 10) {
        for (const byte of Buffer.concat([Buffer.from(id, 'base64url'), Buffer.alloc(16)]).subarray(0, 16))
          response.int8((byte << 24) >> 24)
      }
      response.boolean(false)
      response.structures([...Array(partitions).keys()], (partition) => {
        response
          .int16(0)
          .int32(partition)
          .int32(leaders[partition] ?? 1)
        if (version >= 7) response.int32(0)
        for (const nodes of [[1], [1], []]) response.array(nodes, (node) => response.int32(node))
      })
      if (version >= 8) response.int32(0)
    })
    if (version >= 8 && version <= 10) response.int32(0)
    response.noTags()
  }

  /** Responds to a Produce request with the next of `errors`. */
  produce({ version, body }: ReceivedRequest, response: ProtocolWriter): void {
    const sent = partitionsOf(body)
    response.array([...sent], ([topic, partitions]) =>
      response.string(topic).array(partitions, (partition) => {
        response.int32(partition)
        response.int16(this.errors.shift() ?? 0)
        response.int64(0).int64(-1)
        if (version >= 5) response.int64(0)
        if (version >= 8) response.int32(0).string(null)
      }),
    )
    response.int32(this.throttleMs)
  }
}

/** Partition numbers by topic, of a Produce request. */
function partitionsOf(body: ProtocolReader): ReadonlyMap<string, readonly number[]> {
  body.string() // transactional id
  body.int16() // acks
  body.int32() // timeout
  return new Map(
    body.array(() => [
      body.text(),
      body.array(() => {
        const partition = body.int32()
        body.bytes()
        return partition
      }),
    ]),
  )
}

function framed(correlationId: number, isFlexible: boolean, response: ProtocolWriter): Buffer {
  const header = new ProtocolWriter(isFlexible).int32(correlationId).noTags()
  const frame = Buffer.concat([header.buffer, response.buffer])
  return Buffer.concat([new ProtocolWriter().int32(frame.length).buffer, frame])
}

/** The last batch of a Produce request, which is the end of the request. */
function batchIn(request: Buffer): Buffer {
  let start = request.length - headBytes
  while (
    request[start + magicAt] !== 2 ||
    request.readInt32BE(start + lengthAt) !== request.length - start - 12
  )
    start--
  return Buffer.from(request.subarray(start))
}

/** Resolves after so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
