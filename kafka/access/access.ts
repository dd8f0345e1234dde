import type { MskToken } from './msk-token.ts'

/** How a client authenticates to a broker and verifies the broker's certificate. Empty: plaintext. */
export type Access = {
  readonly sasl?: SaslPassword | SaslToken
  readonly tls?: Tls
}

export type SaslPassword = {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** `newToken` is called for each connection, so that no connection is opened with an expired token. */
export type SaslToken = {
  readonly mechanism: 'OAUTHBEARER'
  readonly newToken: () => Promise<Pick<MskToken, 'tokenValue'>>
}

/** PEM. Without `ca`, the authorities that Node.js trusts. */
export type Tls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

/** Where a cluster's connections get their credentials. */
export type AccessSource = {
  get(): Promise<Access>
  /** Forgets cached credentials after a broker rejected them. @returns false when another `get` cannot differ */
  refresh(): boolean
}

export function fixedAccess(access: Access = {}): AccessSource {
  return { get: async () => access, refresh: () => false }
}

/** The broker rejected the client's credentials, or the client rejected the broker's certificate. Do not retry. */
export class AccessError extends Error {
  override readonly name = 'AccessError'
}
