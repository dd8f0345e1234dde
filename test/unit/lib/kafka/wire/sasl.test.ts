import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, it } from 'node:test'
import { AccessRefused, type SaslLogin } from '../../../../../lib/kafka/wire/access.ts'
import { Answer } from '../../../../../lib/kafka/wire/answer.ts'
import { RequestBody } from '../../../../../lib/kafka/wire/request.ts'
import { proveIdentity } from '../../../../../lib/kafka/wire/sasl.ts'

const handshakeKey = 17

/** A broker that takes some mechanisms, and answers each message of a client with bytes, or with an error's text. */
function broker(mechanisms: readonly string[], ...replies: ((message: string) => string | Error)[]) {
  const heard: string[] = []
  const ask = async ({ key }: { key: number }, body: RequestBody) => {
    const sent = Buffer.concat(body.parts)
    if (key === handshakeKey) {
      const isKnown = mechanisms.includes(String(sent.subarray(2)))
      const answer = new RequestBody().int16(isKnown ? 0 : 33)
      return answered(answer.list(mechanisms, (name) => answer.text(name)))
    }
    const message = String(sent.subarray(4))
    heard.push(message)
    const reply = replies.shift()!(message)
    if (reply instanceof Error)
      return answered(new RequestBody().int16(58).text(reply.message).bytes(Buffer.alloc(0)))
    return answered(new RequestBody().int16(0).text(null).bytes(Buffer.from(reply)).int32(0).int32(900_000))
  }
  return { ask, heard }
}

function answered({ parts }: RequestBody): Answer {
  return new Answer(Buffer.concat(parts))
}

const login: SaslLogin = { mechanism: 'SCRAM-SHA-256', username: 'a=b,c', password: 'pencil' }
const [salt, iterations] = [Buffer.from('salt'), 4096]

/** The server's side of RFC 5802, for somebody whose password is known. */
function scramServer(password: string) {
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  let begun = ''
  const challenge = (message: string) => {
    const bare = message.slice('n,,'.length)
    const reply = `${bare.slice(bare.lastIndexOf('r='))}server,s=${salt.toString('base64')},i=${iterations}`
    begun = `${bare},${reply}`
    return reply
  }
  const verdict = (message: string) => {
    const conversation = `${begun},${message.slice(0, message.lastIndexOf(',p='))}`
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
  it('SCRAM proves the password without sending it, and says for how long that holds', async () => {
    const { ask, heard } = broker(['PLAIN', 'SCRAM-SHA-256'], ...scramServer('pencil'))
    assert.equal(await proveIdentity(ask, login), 900_000)
    assert.match(heard[0]!, /^n,,n=a=3Db=2Cc,r=[\w+/=]{32}$/)
    assert.ok(!heard.join().includes('pencil'))
  })

  it('SCRAM refuses a broker that does not know the password either', async () => {
    const [challenge] = scramServer('pencil')
    const { ask } = broker(['SCRAM-SHA-256'], challenge, () => `v=${Buffer.alloc(32).toString('base64')}`)
    await assert.rejects(proveIdentity(ask, login), AccessRefused)
  })

  for (const [what, challenge] of [
    ['answers with a nonce of its own', () => 'r=mine,s=c2FsdA==,i=4096'],
    ['wants too few iterations', (m: string) => `${m.slice(m.lastIndexOf('r='))}x,s=c2FsdA==,i=1`],
  ] as const) {
    it(`SCRAM sends no proof to a broker that ${what}`, async () => {
      const { ask, heard } = broker(['SCRAM-SHA-256'], challenge)
      await assert.rejects(proveIdentity(ask, login), AccessRefused)
      assert.equal(heard.length, 1)
    })
  }

  it('names what the broker takes when it does not take ours', async () => {
    const { ask } = broker(['PLAIN', 'OAUTHBEARER'])
    await assert.rejects(proveIdentity(ask, login), {
      name: 'AccessRefused',
      message: 'the broker takes PLAIN, OAUTHBEARER, not SCRAM-SHA-256',
    })
  })

  it('tells a refusal from being asked to wait, as MSK does', async () => {
    const plain = { ...login, mechanism: 'PLAIN' } as const
    const refused = broker(['PLAIN'], () => new Error('Invalid username or password'))
    await assert.rejects(proveIdentity(refused.ask, plain), AccessRefused)
    assert.deepEqual(refused.heard, ['\0a=b,c\0pencil'])
    const busy = broker(['PLAIN'], () => new Error('Too many connects'))
    await assert.rejects(proveIdentity(busy.ask, plain), (error) => !(error instanceof AccessRefused))
  })

  it('sends a token, and says what is wrong with it', async () => {
    const newToken = async () => ({ tokenValue: 'token', lifetime: 0, principal: '' })
    const { ask, heard } = broker(
      ['OAUTHBEARER'],
      () => '{"status":"invalid_token"}',
      () => new Error('{"status":"invalid_token"}'),
    )
    await assert.rejects(proveIdentity(ask, { mechanism: 'OAUTHBEARER', newToken }), {
      name: 'AccessRefused',
      message: /invalid_token/,
    })
    assert.deepEqual(heard, ['n,,\x01auth=Bearer token\x01\x01', '\x01'])
  })
})
