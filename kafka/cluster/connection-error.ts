import type { Socket } from 'node:net'
import { AccessError } from '../access/access.ts'

/** A request got no response. If `wasSent`, the broker may have processed it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly wasSent: boolean
  readonly reason: string
  /** `host:port` of the broker, if its socket failed. */
  readonly address: string | undefined

  constructor(
    what: string,
    reason: string,
    options: { readonly wasSent: boolean; readonly cause?: unknown; readonly address?: string },
  ) {
    super(`${what}: ${reason}`, { cause: options.cause })
    this.reason = reason
    this.address = options.address
    this.wasSent = options.wasSent
  }
}

/** The peer sent bytes that are not a Kafka response. */
export class ForeignProtocolError extends ConnectionError {
  readonly #isTls: boolean

  constructor(what: string, bytes: Buffer) {
    super(what, "the peer does not speak Kafka's protocol", { wasSent: true })
    this.#isTls = bytes[0] === tlsAlert && bytes[1] === tlsMajorVersion
  }

  /** Converts the error of a new connection, because retries cannot succeed. */
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
  return new AccessError(
    `the broker at ${name} cannot be used: ${reason}. Check port and security settings`,
    {
      cause,
    },
  )
}

/** Returns advice for a new connection that the broker closed. */
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
type Diagnosis = { readonly reason: string; readonly isAccess: boolean }
type CodedError = Error & { readonly code?: string; readonly reason?: string }

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND:
    'the host name cannot be resolved. Check the name; if a broker advertises it, set advertised.listeners to a name that this machine can resolve',
  EAI_AGAIN: 'the host name cannot be resolved now. Check DNS',
  ECONNREFUSED: 'nothing listens there. Check the address, and that the broker runs',
  EHOSTUNREACH: 'there is no route to the host. Check the network and security groups',
  ENETUNREACH: 'there is no route to the network. Check the network and security groups',
  EPIPE: 'the broker closed the connection',
  ETIMEDOUT: 'the connection timed out. Check the network and security groups',
}

const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the broker's certificate has expired. Renew it",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet. Check the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the broker's certificate is for another host name. Use a name that the certificate has",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is self-signed. Add its authority (CA) certificate",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the broker's certificate comes from an authority that is not trusted here. Add its authority (CA) certificate",
  UNABLE_TO_GET_ISSUER_CERT:
    "the broker's certificate comes from an authority that is not trusted here. Add its authority (CA) certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the broker's certificate comes from an authority that is not trusted here. Add its authority (CA) certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the broker's certificate comes from an authority that is not trusted here. Add its authority (CA) certificate",
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the client's private key belongs to another certificate",
  ERR_OSSL_BAD_DECRYPT: "the password of the client's private key is wrong",
  ERR_OSSL_EVP_BAD_DECRYPT: "the password of the client's private key is wrong",
  ERR_OSSL_PEM_NO_START_LINE: 'a certificate or private key is not in PEM format',
  ERR_OSSL_UNSUPPORTED: "the client's private key is in a format that this Node.js cannot read",
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
]

export function connectionError(name: string, error: CodedError, context: Context): Error {
  if (plaintextPeer.test(`${error.code} ${error.reason}`)) return listenerWithoutTls(name, error)
  const { reason, isAccess } = diagnose(error, context)
  if (isAccess) return new AccessError(`the broker at ${name} cannot be used: ${reason}`, { cause: error })
  const what = context.wasSent
    ? `the connection to ${name} was lost`
    : `the broker at ${name} cannot be reached`
  return new ConnectionError(what, reason, { wasSent: context.wasSent, cause: error, address: name })
}

function diagnose(error: CodedError, { tls, socket, wasSent }: Context): Diagnosis {
  const code = error.code ?? ''
  const trust = untrusted[code] ?? untrusted[code.replace(/^ERR_SSL_/, 'ERR_OSSL_')]
  if (trust !== undefined) return { reason: trust, isAccess: true }
  const alert = alerts.find(([pattern]) => pattern.test(code))
  if (alert !== undefined) return { reason: `${alert[1]} (${code})`, isAccess: true }
  if (/^ERR_SSL_.*ALERT/.test(code))
    return { reason: `the broker rejected the TLS handshake (${code})`, isAccess: true }
  if (socket !== undefined && 'authorizationError' in socket && socket.authorizationError)
    return { reason: `the broker's certificate is not trusted (${code || error.message})`, isAccess: true }
  if (code === 'ECONNRESET') {
    const advice = wasSent ? '' : `. ${securityAdvice(tls)}`
    return { reason: `the broker closed the connection${advice}`, isAccess: false }
  }
  return { reason: unreachable[code] ?? error.message, isAccess: false }
}
