/** A real broker with TLS and every supported SASL mechanism, with its own authorities and certificates. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { startNode } from '../../local/kafka/broker.ts'
import { kafkaClassPath } from '../../local/programs/jars.ts'
import { freePort } from '../../local/programs/ports.ts'
import type { Properties } from '../../local/programs/properties-text.ts'
import { brokerPlugins } from './broker-plugins.ts'
import { endWithProcess } from './end-with-process.ts'
import { testProperties } from './kafka.ts'
import { temporaryFolder } from './names.ts'

const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export type ScramMechanism = (typeof scramMechanisms)[number]

export type Pem = { readonly certificateFile: string; readonly privateKeyFile: string }

export type SecureKafka = {
  /** `host:port` of each listener. */
  readonly plaintext: string
  readonly sasl: string
  readonly mutualTls: string
  /** Accepts unsecured JSON web tokens, Kafka's default, unless `msk` is set. */
  readonly oauth: string
  readonly authorityFile: string
  /** A certificate that the mutual TLS listener trusts. */
  readonly client: Pem
  /** A certificate that it does not trust. */
  readonly untrusted: Pem
  setScramPassword(mechanism: ScramMechanism, user: string, password: string): void
}

export type SecureKafkaOptions = {
  /** Users of SASL/PLAIN, all with the password "plain-password". */
  readonly users?: readonly string[]
  /** `oauth` accepts tokens of Amazon MSK instead of unsecured ones. */
  readonly msk?: boolean
  /** Additional broker settings. */
  readonly properties?: Properties
}

export async function startSecureKafka({
  users = ['books'],
  msk = false,
  properties,
}: SecureKafkaOptions = {}): Promise<SecureKafka> {
  await fetchJars()
  const folder = temporaryFolder()
  const authority = newAuthority(folder)
  const client = signed(folder, 'client', authority)
  const untrusted = signed(folder, 'untrusted', selfSigned(folder, 'other-authority'))
  const [plaintext, sasl, mutualTls, oauth] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const node = { id: 1, port: plaintext!, controllerPort: await freePort() }
  const at = (port: number) => `127.0.0.1:${port}`
  const listeners = `PLAINTEXT://${at(plaintext)},SASL://${at(sasl)},MTLS://${at(mutualTls)},OAUTH://${at(oauth)}`
  const broker = await startNode(node, [node], {
    dataDir: join(folder, 'kafka'),
    heapMb: 384,
    ...(msk && { pluginPath: await brokerPlugins() }),
    properties: {
      ...testProperties,
      listeners: `${listeners},CONTROLLER://${at(node.controllerPort)}`,
      'advertised.listeners': listeners,
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MTLS:SSL,OAUTH:SASL_SSL',
      ...tlsProperties(folder, authority),
      'listener.name.mtls.ssl.client.auth': 'required',
      ...scramProperties('sasl'),
      'listener.name.sasl.sasl.enabled.mechanisms': `PLAIN,${scramMechanisms.join()}`,
      'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.map((user) => `user_${user}="plain-password"`).join(' ')};`,
      ...tokenProperties('oauth'),
      ...(msk && {
        'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': 'MskTokenValidator',
      }),
      ...properties,
    },
  })
  endWithProcess(broker)
  return {
    plaintext: at(plaintext),
    sasl: at(sasl),
    mutualTls: at(mutualTls),
    oauth: at(oauth),
    authorityFile: authority.certificateFile,
    client,
    untrusted,
    setScramPassword: (...to) => {
      execFileSync('java', scramPasswordCommand(at(plaintext!), ...to))
    },
  }
}

/** A certificate authority with files in this folder. */
export function newAuthority(folder: string): Pem {
  return selfSigned(folder, 'authority')
}

/** Settings of a broker at 127.0.0.1 for TLS, with a certificate that the authority signs. */
export function tlsProperties(folder: string, authority: Pem): Properties {
  const server = signed(folder, 'server', authority)
  const keyStore = join(folder, 'key-store.pem')
  writeFileSync(keyStore, readFileSync(server.privateKeyFile, 'utf8') + readFileSync(server.certificateFile))
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.certificateFile,
  }
}

/** Settings of a listener, by its name in lower case, for both SCRAM mechanisms. */
export function scramProperties(listener: string): Properties {
  return {
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: scramMechanisms.join(),
    ...Object.fromEntries(
      scramMechanisms.map((mechanism) => [
        `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`,
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      ]),
    ),
  }
}

/** Settings of a listener, by its name in lower case, that accepts unsecured JSON web tokens. */
export function tokenProperties(listener: string): Properties {
  return {
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'OAUTHBEARER',
    [`listener.name.${listener}.oauthbearer.sasl.jaas.config`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
  }
}

/**
 * Arguments of `java` that set a user's password.
 * @param broker `host:port` of a plaintext listener
 */
export function scramPasswordCommand(
  broker: string,
  mechanism: ScramMechanism,
  user: string,
  password: string,
): readonly string[] {
  return [
    ...['-Xmx128m', '-cp', kafkaClassPath(), 'kafka.admin.ConfigCommand'],
    ...['--bootstrap-server', broker, '--alter', '--entity-type', 'users', '--entity-name', user],
    ...['--add-config', `${mechanism}=[password=${password}]`],
  ]
}

/** A certificate of a separate authority, for a subject such as "DNS:localhost". */
export function certificateFor(folder: string, name: string, subject: string): Pem {
  return selfSigned(folder, name, ['-addext', `subjectAltName=${subject}`])
}

function selfSigned(folder: string, name: string, extensions: readonly string[] = []): Pem {
  const pem = files(folder, name)
  openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
    ...extensions,
    ...['-keyout', pem.privateKeyFile, '-out', pem.certificateFile],
  )
  return pem
}

function signed(folder: string, name: string, by: Pem): Pem {
  const pem = files(folder, name)
  const request = join(folder, `${name}.csr`)
  const extensions = join(folder, `${name}.ext`)
  writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\n')
  openssl(
    ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`],
    ...['-keyout', pem.privateKeyFile, '-out', request],
  )
  openssl(
    ...['x509', '-req', '-in', request, '-days', '2', '-extfile', extensions, '-out', pem.certificateFile],
    ...['-CA', by.certificateFile, '-CAkey', by.privateKeyFile, '-CAcreateserial'],
  )
  return pem
}

function files(folder: string, name: string): Pem {
  return { certificateFile: join(folder, `${name}.pem`), privateKeyFile: join(folder, `${name}.key`) }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
