/**
 * Proves who asks, over a connection to a broker: PLAIN (RFC 4616), SCRAM (RFC 5802, RFC 7677) and OAUTHBEARER (RFC 7628),
 * in the requests SaslHandshake and SaslAuthenticate (KIP-43, KIP-152). MSK takes IAM by OAUTHBEARER.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AccessRefused, type SaslLogin, type SaslToken } from './access.ts'
import type { Answer } from './answer.ts'
import { RequestBody } from './request.ts'

type Ask = (api: { readonly key: number; readonly version: number }, body: RequestBody) => Promise<Answer>
/** Sends a message to the broker's side of the mechanism, and resolves with its answer. */
type Exchange = (message: string) => Promise<Buffer>

const handshake = { key: 17, version: 1 }
const authenticate = { key: 36, version: 1 }

const fewestIterations = 4096 // RFC 7677
/** MSK says this when too many connect at a time (Amazon MSK developer guide, page `troubleshooting`): no refusal. */
const patience = /Too many connects/

/** For how many milliseconds the broker takes this proof (KIP-368); 0: for ever. @throws AccessRefused */
export async function proveIdentity(ask: Ask, sasl: SaslLogin | SaslToken): Promise<number> {
  const answer = await ask(handshake, new RequestBody().text(sasl.mechanism))
  const error = answer.int16()
  const known = answer.list(() => answer.text())
  if (error !== 0)
    throw new AccessRefused(`the broker takes ${known.join(', ') || 'no SASL'}, not ${sasl.mechanism}`)
  let lifetimeMs = 0
  const exchange: Exchange = async (message) => {
    const answer = await ask(authenticate, new RequestBody().bytes(Buffer.from(message)))
    const error = answer.int16()
    const reason = answer.text()
    if (error !== 0) {
      const text = `SASL authentication error: ${reason ?? `Kafka's error ${error}`}`
      throw patience.test(text) ? new Error(text) : new AccessRefused(text)
    }
    const bytes = answer.bytes()
    lifetimeMs = Number(answer.int64())
    return bytes
  }
  await converse(exchange, sasl)
  return lifetimeMs
}

async function converse(exchange: Exchange, sasl: SaslLogin | SaslToken): Promise<void> {
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
  // The broker says what is wrong, and refuses once that is acknowledged.
  await exchange('\x01')
  throw new AccessRefused(`SASL authentication error: ${problem}`)
}

async function scram(exchange: Exchange, login: SaslLogin, digest: 'sha256' | 'sha512'): Promise<void> {
  const hmac = (key: Buffer, text: string) => createHmac(digest, key).update(text).digest()
  const nonce = randomBytes(24).toString('base64')
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const first = `n=${name},r=${nonce}`
  const challenge = String(await exchange(`n,,${first}`))
  const { r: bothNonces = '', s: salt = '', i: count = '' } = attributes(challenge)
  const iterations = Number(count)
  if (!bothNonces.startsWith(nonce) || salt === '' || !(iterations >= fewestIterations))
    throw new AccessRefused('the broker does not keep to SCRAM')
  const length = createHash(digest).digest().length
  const salted = await promisify(pbkdf2)(
    login.password,
    Buffer.from(salt, 'base64'),
    iterations,
    length,
    digest,
  )
  const unproven = `c=biws,r=${bothNonces}`
  const conversation = `${first},${challenge},${unproven}`
  const clientKey = hmac(salted, 'Client Key')
  const signature = hmac(createHash(digest).update(clientKey).digest(), conversation)
  const proof = clientKey.map((byte, i) => byte ^ signature[i]!)
  const outcome = attributes(String(await exchange(`${unproven},p=${Buffer.from(proof).toString('base64')}`)))
  const expected = hmac(hmac(salted, 'Server Key'), conversation)
  const given = Buffer.from(outcome.v ?? '', 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new AccessRefused('the broker does not know the password that it took')
}

/** `a=…,b=…` by letter. */
function attributes(message: string): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries(message.split(',').map((part) => [part[0] ?? '', part.slice(2)]))
}
