/** One broker process with a separate listener for each kind of access. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../local/programs/ports.ts'
import type { Properties } from '../../local/programs/properties-text.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import { apache } from '../harness/apache.ts'
import { CertificateAuthority, type KeyPair } from '../harness/certificates.ts'
import { testProperties } from '../harness/kafka.ts'
import { temporaryFolder } from '../harness/names.ts'
import { policyProperties } from '../harness/topic-policy.ts'
import { type ProxyTls, VersionProxy } from '../harness/version-proxy.ts'
import { startTestedBroker } from './broker.ts'
import type { AccessKind, Variant } from './variants.ts'

/** The broker closes a connection that was idle for this time. */
export const idleLimitMs = 4_000
/** SASL sessions expire after this time (KIP-368). */
export const sessionMs = 5_000

const listenerOf = {
  plaintext: 'PLAINTEXT',
  scram: 'SASL',
  plain: 'SASL',
  mtls: 'MTLS',
  oauthbearer: 'OAUTH',
} as const satisfies Readonly<Record<AccessKind, string>>

type Listener = (typeof listenerOf)[AccessKind]

const protocolOf: Readonly<Record<Listener, string>> = {
  PLAINTEXT: 'PLAINTEXT',
  SASL: 'SASL_SSL',
  MTLS: 'SSL',
  OAUTH: 'SASL_SSL',
}

const listeners = Object.keys(protocolOf) as readonly Listener[]
const user = 'books'
const keyStorePassword = 'key-store-password'
const passwords = { plain: 'plain-password', scram: 'scram-password' } as const

export class TestedCluster {
  /** A plaintext listener without a proxy, for oracles and for the broker itself. */
  readonly oracleBrokers: string
  readonly #addresses: Readonly<Record<Listener, string>>
  readonly #certificates: Certificates
  readonly #proxies: readonly VersionProxy[]
  readonly #end: () => Promise<void>

  private constructor(
    oracleBrokers: string,
    addresses: Readonly<Record<Listener, string>>,
    certificates: Certificates,
    proxies: readonly VersionProxy[],
    end: () => Promise<void>,
  ) {
    this.oracleBrokers = oracleBrokers
    this.#addresses = addresses
    this.#certificates = certificates
    this.#proxies = proxies
    this.#end = end
  }

  /** It ends with this process, or with `stop`. */
  static async start({ kafka, zooKeeper = false, newest, policy }: Omit<Variant, 'name' | 'title'>) {
    const certificates = new Certificates()
    const internal = at(await freePort())
    const own = await eachListener(async () => at(await freePort()))
    const proxies: VersionProxy[] = []
    const advertised =
      newest === undefined
        ? own
        : await eachListener(async (listener) => {
            const proxy = new VersionProxy(newest, certificates.proxyTls(listener))
            proxies.push(proxy)
            proxy.leadTo(portOf(own[listener]))
            return at(await proxy.listen())
          })
    const end = await startTestedBroker({
      kafka,
      zooKeeper,
      listeners: [`INTERNAL://${internal}`, ...urls(own)],
      properties: {
        ...testProperties,
        ...(policy && policyProperties(policy)),
        ...certificates.properties(),
        ...saslProperties,
        'advertised.listeners': [`INTERNAL://${internal}`, ...urls(advertised)].join(),
        'inter.broker.listener.name': 'INTERNAL',
        'listener.security.protocol.map': [
          'INTERNAL:PLAINTEXT',
          ...listeners.map((listener) => `${listener}:${protocolOf[listener]}`),
        ].join(),
        'connections.max.idle.ms': idleLimitMs,
        'connections.max.reauth.ms': sessionMs,
      },
    })
    const cluster = new TestedCluster(internal, advertised, certificates, proxies, end)
    await apache('configs', [
      ...['--bootstrap-server', internal, '--alter', '--entity-type', 'users', '--entity-name', user],
      ...['--add-config', `SCRAM-SHA-512=[password=${passwords.scram}]`],
    ])
    return cluster
  }

  /** Requests in versions that the cluster does not have. */
  get violations(): readonly string[] {
    return this.#proxies.flatMap(({ violations }) => violations)
  }

  /** The settings of functions and commands. */
  environment(kind: AccessKind): Readonly<Record<string, string>> {
    const { authorityFile, certificateFile, privateKeyFile } = this.#certificates
    const BROKERS = this.#addresses[listenerOf[kind]]
    const tls = { BROKERS, KAFKA_CA_FILE: authorityFile }
    const login = (KAFKA_PASSWORD: string) => ({ ...tls, KAFKA_USERNAME: user, KAFKA_PASSWORD })
    switch (kind) {
      case 'plaintext':
        return { BROKERS }
      case 'scram':
        return { ...login(passwords.scram), KAFKA_SECURITY: 'sasl-scram-512' }
      case 'plain':
        return { ...login(passwords.plain), KAFKA_SECURITY: 'sasl-plain' }
      case 'mtls':
        return {
          ...tls,
          KAFKA_SECURITY: 'mtls',
          KAFKA_CERTIFICATE_FILE: certificateFile,
          KAFKA_PRIVATE_KEY_FILE: privateKeyFile,
        }
      case 'oauthbearer':
        return {
          ...tls,
          KAFKA_SECURITY: 'iam',
          AWS_REGION: localRegion,
          AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
        }
      default:
        return kind satisfies never
    }
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies) proxy.close()
    await this.#end()
  }
}

const saslProperties: Properties = {
  'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
  'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${passwords.plain}";`,
  'listener.name.sasl.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
  'listener.name.oauth.oauthbearer.sasl.jaas.config':
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
  'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': 'MskTokenValidator',
}

/** The certificates of the authority, the broker and the client. */
class Certificates {
  readonly #authority = new CertificateAuthority()
  readonly #server = this.#authority.sign()
  readonly #client = this.#authority.sign()
  readonly #folder = temporaryFolder()
  readonly authorityFile = this.#file('authority.pem', this.#authority.cert)
  readonly certificateFile = this.#file('client.pem', this.#client.cert)
  readonly privateKeyFile = this.#file('client.key', this.#client.key)
  readonly #keyStoreFile = this.#keyStore(this.#server)

  properties(): Properties {
    return {
      // Kafka 2.8 reads no private key without a password in PEM.
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': this.#keyStoreFile,
      'ssl.keystore.password': keyStorePassword,
      'ssl.key.password': keyStorePassword,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': this.authorityFile,
      'listener.name.mtls.ssl.client.auth': 'required',
    }
  }

  /** The proxy is the server of the client's TLS, and the client of the broker's. */
  proxyTls(listener: Listener): ProxyTls | undefined {
    if (listener === 'PLAINTEXT') return undefined
    const ca = readFileSync(this.authorityFile, 'utf8')
    const clientAuthentication = { requestCert: true, rejectUnauthorized: true }
    return {
      server: { ...this.#server, ca, ...(listener === 'MTLS' && clientAuthentication) },
      broker: { ca, ...(listener === 'MTLS' && this.#client) },
    }
  }

  #keyStore({ cert, key }: KeyPair): string {
    const file = join(this.#folder, 'key-store.p12')
    const [certFile, keyFile] = [this.#file('server.pem', cert), this.#file('server.key', key)]
    execFileSync('openssl', [
      ...['pkcs12', '-export', '-in', certFile, '-inkey', keyFile],
      ...['-out', file, '-passout', `pass:${keyStorePassword}`],
    ])
    return file
  }

  #file(name: string, text: string): string {
    const file = join(this.#folder, name)
    writeFileSync(file, text)
    return file
  }
}

async function eachListener(
  address: (listener: Listener) => Promise<string>,
): Promise<Readonly<Record<Listener, string>>> {
  const entries: [Listener, string][] = []
  for (const listener of listeners) entries.push([listener, await address(listener)])
  return Object.fromEntries(entries) as Record<Listener, string>
}

function urls(addresses: Readonly<Record<Listener, string>>): readonly string[] {
  return listeners.map((listener) => `${listener}://${addresses[listener]}`)
}

function at(port: number): string {
  return `127.0.0.1:${port}`
}

function portOf(address: string): number {
  return Number(address.split(':')[1])
}
