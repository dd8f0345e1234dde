import type { Access, SaslPassword } from '../../../kafka/access/access.ts'
import { allClusters, isAddress } from './custom-settings.ts'
import type { MappingSettings } from './mapping-settings.ts'
import { iamOf, iamToken } from './msk-iam.ts'
import { formatValue } from './problems.ts'
import { type AccessContext, knownSecrets, tlsOf } from './secrets.ts'

export type ClusterAccess = Access & { readonly brokers: readonly string[] }

const mechanisms: Readonly<Record<string, SaslPassword['mechanism']>> = {
  BASIC_AUTH: 'PLAIN',
  SASL_SCRAM_256_AUTH: 'SCRAM-SHA-256',
  SASL_SCRAM_512_AUTH: 'SCRAM-SHA-512',
}

/**
 * Returns the access to a mapping's cluster (pages `kafka-cluster-auth`, `msk-cluster-auth`). SASL uses TLS, as in
 * AWS, unless `plaintext` is set. Skips an unknown secret with a warning, because a local broker usually needs none.
 */
export async function clusterAccess(
  settings: MappingSettings,
  context: AccessContext,
): Promise<ClusterAccess> {
  const { custom, where, problems } = context
  const access: { -readonly [K in keyof ClusterAccess]: ClusterAccess[K] } = {
    brokers: brokersOf(settings, context),
    ...(custom.tls && { tls: {} }),
  }
  const withSecrets = settings.access.filter(({ type }) => !type.startsWith('VPC_'))
  for await (const { type, uri, secret } of knownSecrets(withSecrets, context, 'connects')) {
    const text = (key: string): string => {
      const value = String(secret[key] ?? '')
      if (value !== '') return value
      problems.add(
        where,
        `needs "${key}" in the secret ${uri}, which has ${formatValue(Object.keys(secret))}`,
      )
      return ''
    }
    const mechanism = mechanisms[type]
    const tls = tlsOf(type, secret, text)
    if (mechanism !== undefined) {
      access.sasl = { mechanism, username: text('username'), password: text('password') }
      if (!custom.plaintext) access.tls ??= {}
    } else if (tls !== undefined) access.tls = { ...access.tls, ...tls }
    else problems.add(where, `has an unknown access configuration: ${type}`)
  }
  const hasLogin = access.sasl !== undefined || access.tls?.cert !== undefined
  const iam = custom.iam ?? (settings.source.kind === 'msk' ? iamOf(access.brokers) : undefined)
  if (hasLogin || iam === undefined) return access
  return { ...access, tls: access.tls ?? {}, sasl: iamToken(iam) }
}

/** Keys of the cluster in `custom.kafkaEventSource.brokers`. */
export function clusterNames(source: MappingSettings['source']): readonly string[] {
  if (source.kind === 'msk') return source.names
  return [source.bootstrapServers.join(','), ...source.bootstrapServers]
}

/** `custom.kafkaEventSource.brokers` overrides an event's bootstrap servers. */
function brokersOf(
  { source }: MappingSettings,
  { custom, where, problems }: AccessContext,
): readonly string[] {
  const names = clusterNames(source)
  for (const name of [...names, allClusters]) {
    const given = custom.brokers.get(name)
    if (given !== undefined) return given
  }
  const servers = source.kind === 'kafka' ? source.bootstrapServers : []
  const unknown = source.kind === 'msk' ? names[0] : servers.find((server) => !isAddress(server))
  if (unknown === undefined) return servers
  problems.add(
    where,
    `reads from the cluster ${unknown}, which has no local brokers. ` +
      `Set custom.kafkaEventSource.brokers: { '${unknown}': 'host:port' }.`,
  )
  return []
}
