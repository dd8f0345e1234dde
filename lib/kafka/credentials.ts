/** What a cluster asks of its clients, in librdkafka's settings; contents come from files or from Secrets Manager. */
import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { AppError, messageOf } from '../errors.ts'
import { Secrets } from '../secrets.ts'
import { type AwsCredentials, type MskToken, mskToken } from './msk-token.ts'
import type { Identity, Kept, Login, Security } from './security.ts'

type Setting = string | number | boolean | (() => Promise<MskToken>)
type NewToken = (region: string) => Promise<MskToken>

export type ClientConfig = Readonly<Record<string, Setting>>

const mechanisms: Readonly<Record<string, string>> = {
  'sasl-plain': 'PLAIN',
  'sasl-scram-256': 'SCRAM-SHA-256',
  'sasl-scram-512': 'SCRAM-SHA-512',
}

export class Credentials {
  readonly #secrets: Secrets
  readonly #newToken: NewToken

  constructor(secrets: Secrets = new Secrets(), newToken: NewToken = newMskToken) {
    this.#secrets = secrets
    this.#newToken = newToken
  }

  /** @throws SECRET_UNAVAILABLE, CONFIG_INVALID when a file can't be read */
  async configFor({ kind, region, login, identity, authority }: Security): Promise<ClientConfig> {
    if (kind === 'plaintext') return {}
    return {
      'security.protocol': login || region ? 'sasl_ssl' : 'ssl',
      // Node's own list, since where a system keeps one differs.
      'ssl.ca.pem': authority ? await this.#authority(authority) : rootCertificates.join('\n'),
      ...(region && {
        'sasl.mechanisms': 'OAUTHBEARER',
        // As MSK wants it, which takes some 20 connections a broker and second (its developer guide, page `limits`).
        'reconnect.backoff.ms': 1_000,
        'reconnect.backoff.max.ms': 5_000,
        oauthbearer_token_refresh_cb: () => this.#newToken(region),
      }),
      ...(login && { 'sasl.mechanisms': mechanisms[kind]!, ...(await this.#login(login)) }),
      ...(identity && (await this.#identity(identity))),
    }
  }

  /** Secrets that a cluster refuses may have been rotated: forgets them, and says whether there were any. */
  forget({ login, identity, authority }: Security): boolean {
    const secrets = [login, identity, authority].flatMap((kept) =>
      kept !== undefined && 'secret' in kept ? [kept.secret] : [],
    )
    for (const secret of secrets) this.#secrets.forget(secret)
    return secrets.length > 0
  }

  async #login(login: Login): Promise<ClientConfig> {
    if (!('secret' in login)) return { 'sasl.username': login.username, 'sasl.password': login.password }
    return {
      'sasl.username': await this.#secrets.text(login.secret, 'username'),
      'sasl.password': await this.#secrets.text(login.secret, 'password'),
    }
  }

  async #identity(identity: Identity): Promise<ClientConfig> {
    if (!('secret' in identity)) {
      return {
        'ssl.certificate.pem': await read(identity.certificateFile),
        'ssl.key.pem': await read(identity.privateKeyFile),
        ...(identity.privateKeyPassword !== undefined && { 'ssl.key.password': identity.privateKeyPassword }),
      }
    }
    const { privateKeyPassword } = await this.#secrets.read(identity.secret)
    return {
      'ssl.certificate.pem': await this.#secrets.text(identity.secret, 'certificate'),
      'ssl.key.pem': await this.#secrets.text(identity.secret, 'privateKey'),
      ...(typeof privateKeyPassword === 'string' && { 'ssl.key.password': privateKeyPassword }),
    }
  }

  #authority(authority: Kept): Promise<string> {
    return 'secret' in authority ? this.#secrets.text(authority.secret, 'certificate') : read(authority.file)
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AppError('CONFIG_INVALID', `The file ${file} can't be read: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

let awsCredentials: (() => Promise<AwsCredentials>) | undefined

/** Signed with the credentials that AWS's own clients would use. */
async function newMskToken(region: string): Promise<MskToken> {
  // Loaded when it is needed: most clusters are reached without.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  awsCredentials ??= defaultProvider()
  return mskToken(region, await awsCredentials())
}
