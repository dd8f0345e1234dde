import type { Socket } from 'node:net'
import { AccessError } from '../access/access.ts'

/** A request got no response. If `wasSent`, the broker may have processed it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly wasSent: boolean
  readonly reason: string
  /** `host:port`, if the socket failed. */
  readonly address: string | undefined

  constructor(
    what: string,
    reason: string,
    {
      wasSent = false,
      cause,
      address,
    }: { readonly wasSent?: boolean; readonly cause?: unknown; readonly address?: string } = {},
  ) {
    super(`${what}: ${reason}`, { cause })
    this.reason = reason
    this.address = address
    this.wasSent = wasSent
  }
}

/** A retry cannot succeed. */
export class ClientClosedError extends ConnectionError {
  constructor(what: string) {
    super(what, 'this client is closed')
  }
}

/** The peer sent bytes that are not a Kafka response. */
export class ForeignProtocolError extends ConnectionError {
  readonly #isTls: boolean

  constructor(what: string, bytes: Buffer) {
    super(what, 'the peer does not use the Kafka protocol', { wasSent: true })
    this.#isTls = bytes[0] === tlsAlert && bytes[1] === tlsMajorVersion
  }

  /** On a new connection, such bytes mean a wrong setting, so a retry cannot succeed. */
  asAccessError(name: string): AccessError {
    const reason = this.#isTls ? 'its listener uses TLS, but this client does not' : this.reason
    return wrongSecurity(name, reason, this)
  }
}

/** A TLS alert record (RFC 8446, section 5.1). */
const tlsAlert = 0x15
const tlsMajorVersion = 3

export function listenerWithoutTls(name: string, cause: unknown): AccessError {
  return wrongSecurity(name, 'its listener does not use TLS, but this client does', cause)
}

function wrongSecurity(name: string, reason: string, cause: unknown): AccessError {
  const message = `the broker at ${name} cannot be used: ${reason}. Check port and security settings`
  return new AccessError(message, { cause })
}

export function securityAdvice(tls: object | undefined): string {
  return tls === undefined
    ? 'If the listener uses TLS or SASL, this client must too'
    : 'Check that the listener uses TLS, and its other security settings'
}

type Context = {
  readonly tls?: object | undefined
  readonly socket?: Socket
  readonly wasSent: boolean
}
type CodedError = Error & { readonly code?: string; readonly reason?: string }

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND:
    'the host name cannot be resolved. Check the name; if a broker advertises it, set advertised.listeners to a name that this machine can resolve',
  EAI_AGAIN: 'the DNS server does not respond. Check DNS',
  ECONNREFUSED: 'no program listens on this port. Check the address, and that the broker runs',
  EHOSTUNREACH: 'there is no route to the host. Check the network and security groups',
  ENETUNREACH: 'there is no route to the network. Check the network and security groups',
  EPIPE: 'the broker closed the connection',
  ETIMEDOUT: 'the connection timed out. Check the network and security groups',
}

const unknownAuthority =
  "this client does not trust the authority (CA) that signed the broker's certificate. Add the certificate of that authority"
/** With a wrong password, one decryption in 256 succeeds, to bytes that are no key. */
const unreadableKey =
  "the client's private key cannot be read: its password is wrong, or this Node.js does not know its format"
const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the broker's certificate has expired. Renew it",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet. Check the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the broker's certificate is for another host name. Use a name that the certificate has",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is self-signed. Add its authority (CA) certificate",
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the client's private key belongs to another certificate",
  ERR_OSSL_BAD_DECRYPT: unreadableKey,
  ERR_OSSL_EVP_BAD_DECRYPT: unreadableKey,
  ERR_OSSL_PEM_NO_START_LINE: 'a certificate or private key is not in PEM format',
  ERR_OSSL_UNSUPPORTED: unreadableKey,
}

/** OpenSSL's errors when the peer does not use TLS. */
const plaintextPeer = /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_TOO_SMALL/

const alerts: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE/,
    'the broker requires a client certificate that it trusts (mutual TLS)',
  ],
  [/UNKNOWN_CA|CERTIFICATE_UNKNOWN/, "the broker does not trust the client's certificate"],
  [/CERTIFICATE_EXPIRED/, "the client's certificate has expired"],
  [
    /HANDSHAKE_FAILURE/,
    'the broker rejected the TLS handshake; it may require a client certificate (mutual TLS)',
  ],
  [/^ERR_SSL_.*ALERT/, 'the broker rejected the TLS handshake'],
]

export function connectionError(name: string, error: CodedError, context: Context): Error {
  if (plaintextPeer.test(`${error.code} ${error.reason}`)) return listenerWithoutTls(name, error)
  const rejection = rejectionOf(error, context.socket)
  if (rejection !== undefined)
    return new AccessError(`the broker at ${name} cannot be used: ${rejection}`, { cause: error })
  const what = context.wasSent
    ? `the connection to ${name} was lost`
    : `the broker at ${name} cannot be reached`
  const { wasSent } = context
  return new ConnectionError(what, reasonOf(error, context), { wasSent, cause: error, address: name })
}

/** Returns why one side rejected the certificate of the other, or undefined. */
function rejectionOf({ code = '', message }: CodedError, socket: Socket | undefined): string | undefined {
  const trust = untrusted[code] ?? untrusted[code.replace(/^ERR_SSL_/, 'ERR_OSSL_')]
  if (trust !== undefined) return trust
  const alert = alerts.find(([pattern]) => pattern.test(code))
  if (alert !== undefined) return `${alert[1]} (${code})`
  if (socket !== undefined && 'authorizationError' in socket && socket.authorizationError)
    return `the broker's certificate is not trusted (${code || message})`
  return undefined
}

function reasonOf({ code = '', message }: CodedError, { tls, wasSent }: Context): string {
  if (code !== 'ECONNRESET') return unreachable[code] ?? (message || code)
  return `the broker closed the connection${wasSent ? '' : `. ${securityAdvice(tls)}`}`
}
