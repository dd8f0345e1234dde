import { readFile } from 'node:fs/promises'
import type { Access, SaslPassword, Tls } from '../kafka/access/access.ts'
import { type AwsCredentials, type MskToken, mskToken } from '../kafka/access/msk-token.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import { type AwsKeys, Secrets } from '../lib/secrets.ts'
import type { Identity, Login, PemSource, Security } from './security.ts'

type NewToken = (region: string, keys?: AwsKeys) => Promise<MskToken>

export const saslMechanisms: Readonly<Record<string, SaslPassword['mechanism']>> = {
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

  /** @throws SECRET_UNAVAILABLE, CONFIG_INVALID */
  async accessFor({ kind, region, keys, login, identity, authority }: Security): Promise<Access> {
    if (kind === 'plaintext') return {}
    const ca = authority && (await this.#authority(authority, keys))
    const tls: Tls = {
      ...(ca !== undefined && { ca }),
      ...(identity && (await this.#identity(identity, keys))),
    }
    if (region !== undefined) {
      return { tls, sasl: { mechanism: 'OAUTHBEARER', newToken: () => this.#newToken(region, keys) } }
    }
    if (login === undefined) return { tls }
    return { tls, sasl: { mechanism: saslMechanisms[kind]!, ...(await this.#login(login, keys)) } }
  }

  /** Drops cached secrets, which may have been rotated. @returns whether there are secrets */
  forget({ login, identity, authority }: Security): boolean {
    const secrets = [login, identity, authority].flatMap((kept) =>
      kept !== undefined && 'secret' in kept ? [kept.secret] : [],
    )
    for (const secret of secrets) this.#secrets.forget(secret)
    return secrets.length > 0
  }

  async #login(
    login: Login,
    keys: AwsKeys | undefined,
  ): Promise<Pick<SaslPassword, 'username' | 'password'>> {
    if (!('secret' in login)) return login
    return {
      username: await this.#secrets.text(login.secret, 'username', keys),
      password: await this.#secrets.text(login.secret, 'password', keys),
    }
  }

  async #identity(identity: Identity, keys: AwsKeys | undefined): Promise<Tls> {
    if (!('secret' in identity)) {
      const { privateKeyPassword: passphrase } = identity
      return {
        cert: await read(identity.certificateFile),
        key: await read(identity.privateKeyFile),
        ...(passphrase !== undefined && { passphrase }),
      }
    }
    const { privateKeyPassword: passphrase } = await this.#secrets.read(identity.secret, keys)
    return {
      cert: await this.#secrets.text(identity.secret, 'certificate', keys),
      key: await this.#secrets.text(identity.secret, 'privateKey', keys),
      ...(typeof passphrase === 'string' && { passphrase }),
    }
  }

  #authority(authority: PemSource, keys: AwsKeys | undefined): Promise<string> {
    return 'secret' in authority
      ? this.#secrets.text(authority.secret, 'certificate', keys)
      : read(authority.file)
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const message = `The certificate or key file ${file} cannot be read: ${messageOf(error)}. Correct its path.`
    throw new AppError('CONFIG_INVALID', message, { cause: error })
  }
}

let awsCredentials: (() => Promise<AwsCredentials>) | undefined

async function newMskToken(region: string, keys?: AwsKeys): Promise<MskToken> {
  if (keys !== undefined) return mskToken(region, keys)
  // The import is lazy, because only `iam` needs it.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  awsCredentials ??= defaultProvider()
  return mskToken(region, await awsCredentials())
}
