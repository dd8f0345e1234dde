/** Settings of the native client (librdkafka's CONFIGURATION.md). */
import { rootCertificates } from 'node:tls'
import type { Access } from '../../../kafka/access/access.ts'
import type { MskToken } from '../../../kafka/access/msk-token.ts'

type Setting = string | number | boolean | (() => Promise<Pick<MskToken, 'tokenValue'>>)

export type ClientConfig = Readonly<Record<string, Setting>>

/** Enables keep-alive, because firewalls drop idle connections unnoticed. */
export function clientConfig(brokers: readonly string[], { tls, sasl }: Access): ClientConfig {
  return {
    'client.id': 'book-counts',
    'metadata.broker.list': brokers.join(','),
    'socket.keepalive.enable': true,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1000,
    ...(tls && tlsConfig(tls, sasl ? 'sasl_ssl' : 'ssl')),
    ...(sasl && saslConfig(sasl)),
  }
}

function tlsConfig(
  { ca, cert, key, passphrase }: NonNullable<Access['tls']>,
  protocol: string,
): ClientConfig {
  return {
    'security.protocol': protocol,
    // Uses Node's own list, because its location differs between systems.
    'ssl.ca.pem': ca ?? rootCertificates.join('\n'),
    ...(cert !== undefined && { 'ssl.certificate.pem': cert }),
    ...(key !== undefined && { 'ssl.key.pem': key }),
    ...(passphrase !== undefined && { 'ssl.key.password': passphrase }),
  }
}

function saslConfig(sasl: NonNullable<Access['sasl']>): ClientConfig {
  const mechanism = { 'sasl.mechanisms': sasl.mechanism }
  if (sasl.mechanism !== 'OAUTHBEARER') {
    return { ...mechanism, 'sasl.username': sasl.username, 'sasl.password': sasl.password }
  }
  return {
    ...mechanism,
    // MSK accepts about 20 new connections per second and broker (MSK developer guide, page `limits`).
    'reconnect.backoff.ms': 1_000,
    'reconnect.backoff.max.ms': 5_000,
    oauthbearer_token_refresh_cb: () => sasl.newToken(),
  }
}
