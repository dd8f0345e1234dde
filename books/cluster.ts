import type { AccessSource } from '../kafka/access/access.ts'
import { Cluster } from '../kafka/cluster/cluster.ts'
import { Credentials } from './credentials.ts'
import type { Security } from './security.ts'

/** Connections are plaintext without `security`. */
export type ClusterSettings = {
  readonly brokers: readonly string[]
  readonly security?: Security
  /** By default, all clusters share one cache. */
  readonly credentials?: Credentials
}

const clientId = 'book-counts'
const sharedCredentials = new Credentials()

/** Connects at the first request. */
export function openCluster(settings: ClusterSettings): Cluster {
  return new Cluster({ brokers: settings.brokers, access: accessSource(settings), clientId })
}

/** Closes the cluster after `work`. */
export async function withCluster<T>(
  settings: ClusterSettings,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = openCluster(settings)
  try {
    return await work(cluster)
  } finally {
    cluster.close()
  }
}

export function accessSource({ security, credentials = sharedCredentials }: ClusterSettings): AccessSource {
  return {
    get: async () => (security === undefined ? {} : await credentials.accessFor(security)),
    refresh: () => security !== undefined && credentials.forget(security),
  }
}
