import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, it } from 'node:test'
import { AccessError, type SaslPassword } from '../../../../kafka/access/access.ts'
import { authenticate } from '../../../../kafka/access/sasl.ts'
import { ProtocolReader } from '../../../../kafka/protocol/reader.ts'
import { isFlexible, type Request } from '../../../../kafka/protocol/request.ts'
import { ProtocolWriter } from '../../../../kafka/protocol/writer.ts'

const handshakeKey = 17

/** A broker with these mechanisms that responds to each message of a client with bytes or an error's text. */
function broker(mechanisms: readonly string[], ...replies: ((message: string) => string | Error)[]) {
  const messages: string[] = []
  const respond = (key: number, sent: Buffer): ProtocolWriter => {
    if (key === handshakeKey) {
      const isKnown = mechanisms.includes(String(sent.subarray(2)))
      const response = new ProtocolWriter().int16(isKnown ? 0 : 33)
      return response.array(mechanisms, (name) => response.string(name))
    }
    const message = String(sent.subarray(4))
    messages.push(message)
    const reply = replies.shift()!(message)
    if (reply instanceof Error)
      return new ProtocolWriter().int16(58).string(reply.message).bytes(Buffer.alloc(0))
    return new ProtocolWriter().int16(0).string(null).bytes(Buffer.from(reply)).int64(900_000)
  }
  const send = async <T>({ api, encode, decode }: Request<T>): Promise<T> => {
    const writer = new ProtocolWriter(isFlexible(api, api.max))
    encode(writer, api.max)
    return decode(new ProtocolReader(respond(api.key, writer.buffer).buffer), api.max)
  }
  return { send, messages }
}

const login: SaslPassword = { mechanism: 'SCRAM-SHA-256', username: 'a=b,c', password: 'pencil' }
const [salt, iterations] = [Buffer.from('salt'), 4096]

/** The server's side of RFC 5802, for a user with this password. */
function scramServer(password: string) {
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  let before = ''
  const challenge = (message: string) => {
    const bare = message.slice('n,,'.length)
    const reply = `${bare.slice(bare.lastIndexOf('r='))}server,s=${salt.toString('base64')},i=${iterations}`
    before = `${bare},${reply}`
    return reply
  }
  const verdict = (message: string) => {
    const conversation = `${before},${message.slice(0, message.lastIndexOf(',p='))}`
    const proof = Buffer.from(message.slice(message.lastIndexOf(',p=') + 3), 'base64')
    const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest()
    const signature = hmac(storedKey, conversation)
    const clientKey = Buffer.from(proof.map((byte, i) => byte ^ signature[i]!))
    const isProven = createHash('sha256').update(clientKey).digest().equals(storedKey)
    return isProven
      ? `v=${hmac(hmac(salted, 'Server Key'), conversation).toString('base64')}`
      : new Error('no such password')
  }
  return [challenge, verdict] as const
}

describe('SASL', () => {
  it('SCRAM does not send the password, and returns the lifetime of the session', async () => {
    const { send, messages } = broker(['PLAIN', 'SCRAM-SHA-256'], ...scramServer('pencil'))
    assert.equal(await authenticate(send, login), 900_000)
    assert.match(messages[0]!, /^n,,n=a=3Db=2Cc,r=[\w+/=]{32}$/)
    assert.ok(!messages.join().includes('pencil'))
  })

  it('SCRAM rejects a broker with a wrong signature', async () => {
    const [challenge] = scramServer('pencil')
    const { send } = broker(['SCRAM-SHA-256'], challenge, () => `v=${Buffer.alloc(32).toString('base64')}`)
    await assert.rejects(authenticate(send, login), AccessError)
  })

  for (const [what, challenge] of [
    ['replaces the nonce', () => 'r=mine,s=c2FsdA==,i=4096'],
    ['requests too few iterations', (m: string) => `${m.slice(m.lastIndexOf('r='))}x,s=c2FsdA==,i=1`],
  ] as const) {
    it(`SCRAM sends no proof to a broker that ${what}`, async () => {
      const { send, messages } = broker(['SCRAM-SHA-256'], challenge)
      await assert.rejects(authenticate(send, login), AccessError)
      assert.equal(messages.length, 1)
    })
  }

  it("lists the mechanisms of the broker when it does not support the client's", async () => {
    const { send } = broker(['PLAIN', 'OAUTHBEARER'])
    await assert.rejects(authenticate(send, login), {
      name: 'AccessError',
      message: 'the broker does not support SASL SCRAM-SHA-256; it supports PLAIN, OAUTHBEARER',
    })
  })

  it('reports rejected credentials as AccessError, but not the connection limit of MSK', async () => {
    const plain = { ...login, mechanism: 'PLAIN' } as const
    const refused = broker(['PLAIN'], () => new Error('Invalid username or password'))
    await assert.rejects(authenticate(refused.send, plain), AccessError)
    assert.deepEqual(refused.messages, ['\0a=b,c\0pencil'])
    const busy = broker(['PLAIN'], () => new Error('Too many connects'))
    await assert.rejects(authenticate(busy.send, plain), (error) => !(error instanceof AccessError))
  })

  it('sends a token, and reports why the broker rejects it', async () => {
    const newToken = async () => ({ tokenValue: 'token', lifetime: 0, principal: '' })
    const { send, messages } = broker(
      ['OAUTHBEARER'],
      () => '{"status":"invalid_token"}',
      () => new Error('{"status":"invalid_token"}'),
    )
    await assert.rejects(authenticate(send, { mechanism: 'OAUTHBEARER', newToken }), {
      name: 'AccessError',
      message: /invalid_token/,
    })
    assert.deepEqual(messages, ['n,,\x01auth=Bearer token\x01\x01', '\x01'])
  })
})
