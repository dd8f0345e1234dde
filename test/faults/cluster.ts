/**
 * Real brokers behind relays, so that each broker can be killed, suspended, disconnected and restarted. Each broker has a
 * listener without security and one for each SASL mechanism, every one behind a relay.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { type Broker, startNode } from '../../local/kafka/broker.ts'
import type { Node } from '../../local/kafka/broker-properties.ts'
import { freePort } from '../../local/programs/ports.ts'
import type { Properties } from '../../local/programs/properties-text.ts'
import { endWithProcess } from '../harness/end-with-process.ts'
import { testProperties } from '../harness/kafka.ts'
import { temporaryFolder } from '../harness/names.ts'
import {
  newAuthority,
  scramPasswordCommand,
  scramProperties,
  tlsProperties,
  tokenProperties,
} from '../harness/secure-kafka.ts'
import { Relay } from './relay.ts'
import { startWithRetries } from './start-with-retries.ts'

/** How a client connects. The SASL mechanisms use TLS. */
const accessKinds = ['plaintext', 'SCRAM', 'OAUTHBEARER'] as const
export type ListenerAccess = (typeof accessKinds)[number]

/** Idle time after which brokers close a connection. */
export const idleLimitMs = 5_000
/** Lifetime of tokens and SASL sessions (KIP-368). */
export const sessionLifeMs = 10_000

const listeners = { plaintext: 'PLAINTEXT', SCRAM: 'SCRAM', OAUTHBEARER: 'OAUTH' } as const
const [user, password] = ['books', 'scram-password']

type RelayedBroker = {
  readonly node: Node
  readonly internalPort: number
  readonly ports: Readonly<Record<ListenerAccess, number>>
  readonly relays: Readonly<Record<ListenerAccess, Relay>>
  readonly dataDir: string
  broker: Broker | undefined
}

export class FaultyCluster {
  readonly #brokers: readonly RelayedBroker[]
  readonly #authorityFile: string
  readonly #properties: Properties

  private constructor(brokers: readonly RelayedBroker[], folder: string) {
    const authority = newAuthority(folder)
    this.#brokers = brokers
    this.#authorityFile = authority.certificateFile
    this.#properties = {
      ...testProperties,
      ...tlsProperties(folder, authority),
      ...scramProperties('scram'),
      ...tokenProperties('oauth'),
      'connections.max.idle.ms': idleLimitMs,
      'connections.max.reauth.ms': sessionLifeMs,
    }
  }

  /** One broker, or three with replication. */
  static async start(size: 1 | 3): Promise<FaultyCluster> {
    await fetchJars()
    const folder = temporaryFolder()
    const ids = Array.from({ length: size }, (_, i) => i + 1)
    const brokers = await Promise.all(ids.map((id) => newBroker(id, join(folder, String(id)))))
    const clusterId = Buffer.from('book-counts-test').toString('base64url')
    for (const { dataDir } of brokers) {
      await mkdir(dataDir, { recursive: true })
      writeFileSync(join(dataDir, 'cluster-id'), clusterId)
    }
    const cluster = new FaultyCluster(brokers, folder)
    await Promise.all(ids.map((id) => cluster.restart(id)))
    await cluster.#createScramUser()
    return cluster
  }

  get size(): number {
    return this.#brokers.length
  }

  /** Addresses of the relays of listeners without security. */
  get brokers(): string {
    return this.#addresses('plaintext')
  }

  /** All relays: those of every listener of every broker. */
  get relays(): readonly Relay[] {
    return this.#brokers.flatMap(({ relays }) => Object.values(relays))
  }

  /** Returns a function's environment variables for this access; with OAUTHBEARER also the lifetime of its test tokens. */
  environment(kind: ListenerAccess): Readonly<Record<string, string>> {
    const common = {
      BROKERS: this.#addresses(kind),
      REPLICATION_FACTOR: String(this.size),
      MIN_INSYNC_REPLICAS: this.size === 1 ? '1' : '2',
    }
    const tls = { KAFKA_CA_FILE: this.#authorityFile }
    switch (kind) {
      case 'plaintext':
        return common
      case 'SCRAM':
        return {
          ...common,
          ...tls,
          KAFKA_SECURITY: 'sasl-scram-512',
          KAFKA_USERNAME: user,
          KAFKA_PASSWORD: password,
        }
      case 'OAUTHBEARER':
        return {
          ...common,
          ...tls,
          KAFKA_SECURITY: 'iam',
          AWS_REGION: 'eu-central-1',
          TOKEN_LIFE_SECONDS: String(sessionLifeMs / 1_000),
        }
      default:
        return kind satisfies never
    }
  }

  /** Starts a broker, numbered from 1, with its existing data. */
  async restart(id = 1): Promise<void> {
    const relayed = this.#broker(id)
    const { node, internalPort, ports, relays, dataDir } = relayed
    const all = Object.entries(listeners) as [ListenerAccess, string][]
    const internal = `INTERNAL://127.0.0.1:${internalPort}`
    const at = (portOf: (kind: ListenerAccess) => number) =>
      all.map(([kind, name]) => `${name}://127.0.0.1:${portOf(kind)}`)
    const nodes = this.#brokers.map((other) => other.node)
    relayed.broker = await startWithRetries(() =>
      startNode(node, nodes, {
        dataDir,
        heapMb: 384,
        properties: {
          ...this.#properties,
          listeners: [
            ...at((kind) => ports[kind]),
            internal,
            `CONTROLLER://127.0.0.1:${node.controllerPort}`,
          ].join(),
          'advertised.listeners': [...at((kind) => relays[kind].port), internal].join(),
          'listener.security.protocol.map':
            'PLAINTEXT:PLAINTEXT,SCRAM:SASL_SSL,OAUTH:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
          'inter.broker.listener.name': 'INTERNAL',
        },
      }),
    )
    endWithProcess(relayed.broker)
  }

  /** Same as `kill -9`. */
  async kill(id = 1): Promise<void> {
    await this.#broker(id).broker?.kill()
  }

  /** Suspends the process: connections stay open without responses. */
  suspend(id = 1): void {
    process.kill(-this.#broker(id).broker!.pid, 'SIGSTOP')
  }

  resume(id = 1): void {
    process.kill(-this.#broker(id).broker!.pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    for (const relay of this.relays) relay.close()
    await Promise.all(this.#brokers.map(({ broker }) => broker?.kill()))
  }

  /** Does not block this process, because the relays run in it. */
  async #createScramUser(): Promise<void> {
    const [first] = this.#brokers
    const command = scramPasswordCommand(`127.0.0.1:${first!.internalPort}`, 'SCRAM-SHA-512', user, password)
    await startWithRetries(() => promisify(execFile)('java', command))
  }

  #addresses(kind: ListenerAccess): string {
    return this.#brokers.map(({ relays }) => `127.0.0.1:${relays[kind].port}`).join()
  }

  #broker(id: number): RelayedBroker {
    return this.#brokers[id - 1]!
  }
}

async function newBroker(id: number, dataDir: string): Promise<RelayedBroker> {
  const [plaintext, scram, oauth, controllerPort, internalPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  return {
    node: { id, port: plaintext, controllerPort },
    internalPort,
    ports: { plaintext, SCRAM: scram, OAUTHBEARER: oauth },
    relays: {
      plaintext: await Relay.start(plaintext),
      SCRAM: await Relay.start(scram),
      OAUTHBEARER: await Relay.start(oauth),
    },
    dataDir,
    broker: undefined,
  }
}
