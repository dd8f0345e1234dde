import type { MskToken } from './msk-token.ts'

/** How a client authenticates and verifies certificates. Empty: plaintext. */
export type Access = {
  readonly sasl?: SaslPassword | SaslToken
  readonly tls?: Tls
}

export type SaslPassword = {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

export type SaslToken = {
  readonly mechanism: 'OAUTHBEARER'
  readonly newToken: () => Promise<Pick<MskToken, 'tokenValue'>>
}

/** Certificates and keys are in PEM format. `ca` defaults to the authorities of Node.js. */
export type Tls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

export type AccessSource = {
  get(): Promise<Access>
  /** Forgets rejected credentials. @returns false when `get` cannot return others */
  refresh(): boolean
}

export function fixedAccess(access: Access = {}): AccessSource {
  return { get: async () => access, refresh: () => false }
}

/** The broker rejected the credentials, or the client rejected the certificate. A retry cannot succeed. */
export class AccessError extends Error {
  override readonly name = 'AccessError'
}
