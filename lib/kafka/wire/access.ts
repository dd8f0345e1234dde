import type { MskToken } from '../msk-token.ts'

/** How to prove to a broker who asks, contents and all; neither: plaintext. */
export type Access = {
  readonly sasl?: SaslLogin | SaslToken
  readonly tls?: Tls
}

export type SaslLogin = {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

export type SaslToken = { readonly mechanism: 'OAUTHBEARER'; readonly newToken: () => Promise<MskToken> }

/** PEM. Without `ca`, the authorities that Node trusts. */
export type Tls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

/** A broker, or our own side, does not take the other for who it must be; trying again does not help. */
export class AccessRefused extends Error {
  override readonly name = 'AccessRefused'
}
