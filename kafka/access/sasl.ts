/**
 * SASL PLAIN (RFC 4616), SCRAM (RFC 5802, RFC 7677) and OAUTHBEARER (RFC 7628) by SaslHandshake and
 * SaslAuthenticate (KIP-43, KIP-152).
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { ProtocolError } from '../protocol/errors.ts'
import type { Request } from '../protocol/request.ts'
import { saslAuthenticateRequest, saslHandshakeRequest } from '../protocol/sasl.ts'
import { AccessError, type SaslPassword, type SaslToken } from './access.ts'

type Send = <T>(request: Request<T>) => Promise<T>
type Exchange = (message: string) => Promise<Buffer>

const minIterations = 4096 // RFC 7677
const derive = promisify(pbkdf2)
/** MSK's error for too many new connections (MSK developer guide, page `troubleshooting`). It is retryable. */
const connectionLimit = /Too many connects/

/** @returns the session's lifetime in ms (KIP-368); 0: no limit. @throws AccessError if the broker rejects the login */
export async function authenticate(send: Send, sasl: SaslPassword | SaslToken): Promise<number> {
  const { isAccepted, mechanisms } = await send(saslHandshakeRequest(sasl.mechanism))
  if (!isAccepted) {
    throw new AccessError(
      `the broker does not support SASL ${sasl.mechanism}; it supports ${mechanisms.join(', ') || 'no SASL mechanism'}`,
    )
  }
  let lifetimeMs = 0
  const exchange: Exchange = async (message) => {
    try {
      const { bytes, sessionLifetimeMs } = await send(saslAuthenticateRequest(Buffer.from(message)))
      lifetimeMs = sessionLifetimeMs
      return bytes
    } catch (error) {
      throw error instanceof ProtocolError ? rejection(error) : error
    }
  }
  await exchangeMessages(exchange, sasl)
  return lifetimeMs
}

function rejection(error: ProtocolError): Error {
  const message = `SASL authentication failed: ${error.detail ?? error.message}`
  return connectionLimit.test(message) ? error : new AccessError(message, { cause: error })
}

async function exchangeMessages(exchange: Exchange, sasl: SaslPassword | SaslToken): Promise<void> {
  switch (sasl.mechanism) {
    case 'PLAIN':
      await exchange(`\0${sasl.username}\0${sasl.password}`)
      return
    case 'SCRAM-SHA-256':
      return scram(exchange, sasl, 'sha256')
    case 'SCRAM-SHA-512':
      return scram(exchange, sasl, 'sha512')
    case 'OAUTHBEARER':
      return bearer(exchange, sasl)
    default:
      return sasl satisfies never
  }
}

async function bearer(exchange: Exchange, { newToken }: SaslToken): Promise<void> {
  const { tokenValue } = await newToken()
  const problem = await exchange(`n,,\x01auth=Bearer ${tokenValue}\x01\x01`)
  if (problem.length === 0) return
  // The server fails the exchange after the client has acknowledged its error (RFC 7628).
  await exchange('\x01')
  throw new AccessError(`SASL authentication failed: ${problem}`)
}

async function scram(exchange: Exchange, login: SaslPassword, digest: 'sha256' | 'sha512'): Promise<void> {
  const hmac = (key: Buffer, text: string) => createHmac(digest, key).update(text).digest()
  const nonce = randomBytes(24).toString('base64')
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const first = `n=${name},r=${nonce}`
  const challenge = String(await exchange(`n,,${first}`))
  const { r: bothNonces = '', s: salt = '', i: count = '' } = attributes(challenge)
  const iterations = Number(count)
  if (!bothNonces.startsWith(nonce) || salt === '' || !(iterations >= minIterations))
    throw new AccessError('the broker violates the SCRAM protocol')
  const length = createHash(digest).digest().length
  const salted = await derive(login.password, Buffer.from(salt, 'base64'), iterations, length, digest)
  const withoutProof = `c=biws,r=${bothNonces}`
  const conversation = `${first},${challenge},${withoutProof}`
  const clientKey = hmac(salted, 'Client Key')
  const signature = hmac(createHash(digest).update(clientKey).digest(), conversation)
  const proof = clientKey.map((byte, i) => byte ^ signature[i]!)
  const final = `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  const { v: verifier = '' } = attributes(String(await exchange(final)))
  const expected = hmac(hmac(salted, 'Server Key'), conversation)
  const given = Buffer.from(verifier, 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new AccessError("the broker's SCRAM signature does not match the password")
}

function attributes(message: string): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries(message.split(',').map((part) => [part[0] ?? '', part.slice(2)]))
}
