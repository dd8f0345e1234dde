import type { ConnectionOptions } from 'node:tls'

/** How to reach a cluster: what a mapping's `accessConfigurations` and secrets come to. */
export type ClusterAccess = {
  readonly brokers: readonly string[]
  readonly sasl?: SaslLogin | { readonly mechanism: 'OAUTHBEARER'; readonly token: () => Promise<string> }
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase'>
}

export type SaslLogin = {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}
