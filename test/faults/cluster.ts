/** Real brokers behind relays, so that each broker can be killed, suspended, disconnected and restarted. */
import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { type Broker, startNode } from '../../local/kafka/broker.ts'
import type { Node } from '../../local/kafka/broker-properties.ts'
import { freePort } from '../../local/programs/ports.ts'
import { endWithProcess } from '../harness/end-with-process.ts'
import { testProperties } from '../harness/kafka.ts'
import { temporaryFolder } from '../harness/names.ts'
import { Relay } from './relay.ts'

type Member = {
  readonly node: Node
  readonly internalPort: number
  readonly relay: Relay
  readonly dataDir: string
  broker: Broker | undefined
}

/** Idle time after which brokers close a connection. */
export const idleLimitMs = 5_000

export class FaultyCluster {
  readonly #members: readonly Member[]

  private constructor(members: readonly Member[]) {
    this.#members = members
  }

  /** One broker, or three with replication. */
  static async start(size: 1 | 3): Promise<FaultyCluster> {
    await fetchJars()
    const folder = temporaryFolder()
    const ids = Array.from({ length: size }, (_, i) => i + 1)
    const members = await Promise.all(ids.map((id) => member(id, join(folder, String(id)))))
    const clusterId = Buffer.from('book-counts-test').toString('base64url')
    for (const { dataDir } of members) {
      await mkdir(dataDir, { recursive: true })
      writeFileSync(join(dataDir, 'cluster-id'), clusterId)
    }
    const cluster = new FaultyCluster(members)
    await Promise.all(ids.map((id) => cluster.restart(id)))
    return cluster
  }

  get size(): number {
    return this.#members.length
  }

  /** Addresses of the relays; brokers advertise no others to clients. */
  get brokers(): string {
    return this.#members.map(({ relay }) => `127.0.0.1:${relay.port}`).join()
  }

  get relays(): readonly Relay[] {
    return this.#members.map(({ relay }) => relay)
  }

  /** Starts a broker, numbered from 1, with its existing data. */
  async restart(id = 1): Promise<void> {
    const it = this.#member(id)
    const { node, internalPort, relay, dataDir } = it
    it.broker = await startNode(
      node,
      this.#members.map((other) => other.node),
      {
        dataDir,
        heapMb: 384,
        properties: {
          ...testProperties,
          'connections.max.idle.ms': idleLimitMs,
          listeners: [
            `PLAINTEXT://127.0.0.1:${node.port}`,
            `INTERNAL://127.0.0.1:${internalPort}`,
            `CONTROLLER://127.0.0.1:${node.controllerPort}`,
          ].join(),
          'advertised.listeners': `PLAINTEXT://127.0.0.1:${relay.port},INTERNAL://127.0.0.1:${internalPort}`,
          'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
          'inter.broker.listener.name': 'INTERNAL',
        },
      },
    )
    endWithProcess(it.broker)
  }

  /** Same as `kill -9`. */
  async kill(id = 1): Promise<void> {
    await this.#member(id).broker?.kill()
  }

  /** Suspends the process: connections stay open without responses. */
  suspend(id = 1): void {
    process.kill(-this.#member(id).broker!.pid, 'SIGSTOP')
  }

  resume(id = 1): void {
    process.kill(-this.#member(id).broker!.pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    for (const { relay } of this.#members) relay.close()
    await Promise.all(this.#members.map(({ broker }) => broker?.kill()))
  }

  #member(id: number): Member {
    return this.#members[id - 1]!
  }
}

async function member(id: number, dataDir: string): Promise<Member> {
  const [port, controllerPort, internalPort] = await Promise.all([freePort(), freePort(), freePort()])
  const node = { id, port, controllerPort }
  return { node, internalPort, relay: await Relay.start(port), dataDir, broker: undefined }
}
