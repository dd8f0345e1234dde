import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { Tls } from '../../../../kafka/access/access.ts'
import { Connection } from '../../../../kafka/cluster/connection.ts'
import { connectionError } from '../../../../kafka/cluster/connection-error.ts'
import { CertificateAuthority } from '../../../harness/certificates.ts'
import { ScriptedBroker, type ScriptedBrokerOptions } from '../scripted-broker.ts'

const options = { clientId: 'test', timeoutMs: 5_000 }
const authority = new CertificateAuthority()
const otherAuthority = new CertificateAuthority('other')
const { cert: ca } = authority
const server = authority.sign()
const client = authority.sign()

async function failureOf(tls: Tls | undefined, brokerOptions: ScriptedBrokerOptions, host = '127.0.0.1') {
  const { port } = await ScriptedBroker.start(brokerOptions)
  const error = await failureAt(host, port, tls)
  return { name: error.name, message: error.message.replace(String(port), 'PORT') }
}

async function failureAt(host: string, port: number, tls?: Tls): Promise<Error> {
  try {
    const connection = await Connection.open({ host, port }, tls === undefined ? {} : { tls }, options)
    connection.close()
  } catch (error) {
    return error as Error
  }
  throw new assert.AssertionError({ message: 'The connection was opened' })
}

/** A server that does this with each connection. */
async function listening(serve: (socket: Socket) => void): Promise<number> {
  const listener = createServer(serve)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  after(() => listener.close())
  return (listener.address() as AddressInfo).port
}

const check = 'Check port and security settings'
const unusable = 'the broker at 127.0.0.1:PORT cannot be used'
const unreachable = 'the broker at 127.0.0.1:PORT cannot be reached'

describe('a connection with TLS', () => {
  it('is opened when the certificate is trusted', async () => {
    const broker = await ScriptedBroker.start({ tls: server })
    const connection = await Connection.open(
      { host: '127.0.0.1', port: broker.port },
      { tls: { ca } },
      options,
    )
    after(() => connection.close())
    assert.equal(connection.isUsable, true)
  })

  for (const [what, tls, brokerTls, message] of [
    [
      'an expired certificate',
      { ca },
      authority.sign({ isExpired: true }),
      `${unusable}: the broker's certificate has expired. Renew it`,
    ],
    [
      'a certificate for another host name',
      { ca },
      authority.sign({ names: 'DNS:elsewhere' }),
      `${unusable}: the broker's certificate is for another host name. Use a name that the certificate has`,
    ],
    [
      'a certificate of an unknown authority',
      { ca },
      otherAuthority.sign(),
      `${unusable}: this client does not trust the authority (CA) that signed the broker's certificate. Add the certificate of that authority`,
    ],
    [
      'a certificate of an authority that Node.js does not know',
      {},
      server,
      `${unusable}: this client does not trust the authority (CA) that signed the broker's certificate. Add the certificate of that authority`,
    ],
    [
      'a self-signed certificate',
      {},
      authority.keyPair,
      `${unusable}: the broker's certificate is self-signed. Add its authority (CA) certificate`,
    ],
    [
      'a client key of another certificate',
      { ca, cert: client.cert, key: server.key },
      server,
      `${unusable}: the client's private key belongs to another certificate`,
    ],
    [
      'a wrong password of the client key',
      { ca, cert: client.cert, key: encrypted(client.key, 'right'), passphrase: 'wrong' },
      server,
      `${unusable}: the client's private key cannot be read: its password is wrong, or this Node.js does not know its format`,
    ],
    [
      'a client certificate that is no PEM',
      { ca, cert: 'certificate', key: client.key },
      server,
      `${unusable}: a certificate or private key is not in PEM format`,
    ],
  ] as const) {
    it(`reports ${what}`, async () => {
      assert.deepEqual(await failureOf(tls, { tls: brokerTls }), { name: 'AccessError', message })
    })
  }

  it('accepts an encrypted client key with its password', async () => {
    const broker = await ScriptedBroker.start({ tls: { ...server, ca, requestCert: true } })
    const tls = { ca, cert: client.cert, key: encrypted(client.key, 'right'), passphrase: 'right' }
    const connection = await Connection.open({ host: '127.0.0.1', port: broker.port }, { tls }, options)
    after(() => connection.close())
    assert.equal(connection.isUsable, true)
  })

  it('reports that the broker requires a client certificate', async () => {
    const tls = { ...server, ca, requestCert: true, rejectUnauthorized: true }
    const { name, message } = await failureOf({ ca }, { tls })
    assert.equal(name, 'AccessError')
    assert.match(
      message,
      /: the broker requires a client certificate that it trusts \(mutual TLS\) \(ERR_SSL_\w+\)$/,
    )
  })

  it('reports a listener without TLS', async () => {
    const port = await listening((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    const { name, message } = await failureAt('127.0.0.1', port, { ca })
    assert.deepEqual(
      [name, message.replace(String(port), 'PORT')],
      ['AccessError', `${unusable}: its listener does not use TLS, but this client does. ${check}`],
    )
  })

  it("reports a Kafka listener without TLS, which closes the connection at TLS's first bytes", async () => {
    const port = await listening((socket) =>
      socket.once('data', (bytes: Buffer) => {
        // As Kafka, which reads the first bytes of a TLS handshake as a size above socket.request.max.bytes.
        if (bytes.readInt32BE() > 100 * 1024 * 1024) socket.destroy()
        else socket.write(Buffer.from([0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
      }),
    )
    const { name, message } = await failureAt('127.0.0.1', port, { ca })
    assert.deepEqual(
      [name, message.replace(String(port), 'PORT')],
      ['AccessError', `${unusable}: its listener does not use TLS, but this client does. ${check}`],
    )
  })

  it('reports that the broker closes the connection', async () => {
    const port = await listening((socket) => socket.once('data', () => socket.destroy()))
    const { name, message } = await failureAt('127.0.0.1', port, { ca })
    assert.deepEqual(
      [name, message.replace(String(port), 'PORT')],
      [
        'ConnectionError',
        `${unreachable}: the broker closed the connection. Check that the listener uses TLS, and its other security settings`,
      ],
    )
  })

  for (const [host, names, sni] of [
    ['localhost', 'DNS:localhost', 'localhost'],
    ['127.0.0.1', 'IP:127.0.0.1', false],
  ] as const) {
    it(`${sni ? 'sends' : 'does not send'} the server name for ${host}`, async () => {
      const broker = await ScriptedBroker.start({ tls: authority.sign({ names }) })
      const connection = await Connection.open({ host, port: broker.port }, { tls: { ca } }, options)
      after(() => connection.close())
      const [socket] = broker.sockets
      assert.equal((socket as unknown as { servername: string | false }).servername, sni)
    })
  }
})

describe('a connection without TLS', () => {
  const advice = 'If the listener uses TLS or SASL, this client must too'

  it('reports a listener with TLS', async () => {
    const failure = await failureOf(undefined, { tls: server })
    // Whether a TLS server sends an alert before it closes the connection depends on the version of Node.js.
    const expected = [
      {
        name: 'AccessError',
        message: `${unusable}: its listener uses TLS, but this client does not. ${check}`,
      },
      { name: 'ConnectionError', message: `${unreachable}: the broker closed the connection. ${advice}` },
    ]
    assert.ok(
      expected.some((each) => isDeepStrictEqual(each, failure)),
      failure.message,
    )
  })

  for (const [what, serve, failure] of [
    [
      'closes the connection',
      (socket: Socket) => socket.destroy(),
      ['ConnectionError', `${unreachable}: the broker closed the connection. ${advice}`],
    ],
    [
      'responds with a TLS alert',
      (socket: Socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])),
      ['AccessError', `${unusable}: its listener uses TLS, but this client does not. ${check}`],
    ],
    [
      'responds by HTTP',
      (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ['AccessError', `${unusable}: the peer does not use the Kafka protocol. ${check}`],
    ],
  ] as const) {
    it(`reports that the broker ${what}`, async () => {
      const port = await listening((socket) => socket.once('data', () => serve(socket)))
      const { name, message } = await failureAt('127.0.0.1', port)
      assert.deepEqual([name, message.replace(String(port), 'PORT')], failure)
    })
  }

  it('reports a host name that cannot be resolved', async () => {
    const { name, message } = await failureAt('no-such-host.invalid', 9092)
    assert.equal(name, 'ConnectionError')
    assert.match(
      message,
      /^the broker at no-such-host\.invalid:9092 cannot be reached: the host name cannot be resolved/,
    )
  })
})

describe('connectionError', () => {
  const coded = (code: string) => Object.assign(new Error(`error with ${code}`), { code })

  for (const [code, reason] of [
    [
      'ENOTFOUND',
      'the host name cannot be resolved. Check the name; if a broker advertises it, set advertised.listeners to a name that this machine can resolve',
    ],
    ['EAI_AGAIN', 'the DNS server does not respond. Check DNS'],
    ['ECONNREFUSED', 'no program listens on this port. Check the address, and that the broker runs'],
    ['EHOSTUNREACH', 'there is no route to the host. Check the network and security groups'],
    ['ENETUNREACH', 'there is no route to the network. Check the network and security groups'],
    ['ETIMEDOUT', 'the connection timed out. Check the network and security groups'],
    ['EPIPE', 'the broker closed the connection'],
    [
      'ECONNRESET',
      'the broker closed the connection. If the listener uses TLS or SASL, this client must too',
    ],
    ['EUNKNOWN', 'error with EUNKNOWN'],
  ] as const) {
    it(`explains ${code}`, () => {
      const error = connectionError('b:1', coded(code), { wasSent: false })
      assert.deepEqual(
        [error.name, error.message],
        ['ConnectionError', `the broker at b:1 cannot be reached: ${reason}`],
      )
    })
  }

  it('names the code of an error without a message', () => {
    const error = connectionError('b:1', Object.assign(new AggregateError([]), { code: 'EACCES' }), {
      wasSent: false,
    })
    assert.equal(error.message, 'the broker at b:1 cannot be reached: EACCES')
  })

  it('reports that an open connection was lost', () => {
    const error = connectionError('b:1', coded('ECONNRESET'), { wasSent: true })
    assert.equal(error.message, 'the connection to b:1 was lost: the broker closed the connection')
  })

  for (const [code, reason] of [
    ['CERT_NOT_YET_VALID', "the broker's certificate is not valid yet. Check the clocks"],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      "this client does not trust the authority (CA) that signed the broker's certificate. Add the certificate of that authority",
    ],
    [
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'the broker requires a client certificate that it trusts (mutual TLS) (ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE)',
    ],
    [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      "the broker does not trust the client's certificate (ERR_SSL_TLSV1_ALERT_UNKNOWN_CA)",
    ],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      "the broker does not trust the client's certificate (ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN)",
    ],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      "the client's certificate has expired (ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED)",
    ],
    [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'the broker rejected the TLS handshake; it may require a client certificate (mutual TLS) (ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE)',
    ],
    [
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'the broker rejected the TLS handshake (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)',
    ],
    [
      'ERR_OSSL_UNSUPPORTED',
      "the client's private key cannot be read: its password is wrong, or this Node.js does not know its format",
    ],
  ] as const) {
    it(`explains ${code}`, () => {
      const error = connectionError('b:1', coded(code), { tls: {}, wasSent: false })
      assert.deepEqual(
        [error.name, error.message],
        ['AccessError', `the broker at b:1 cannot be used: ${reason}`],
      )
    })
  }
})

function encrypted(key: string, passphrase: string): string {
  const pem = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  })
  return pem.toString()
}
