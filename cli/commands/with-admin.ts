import { type ClusterSettings, withCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'

/** @param timeoutMs limits the retries of each call; short, to report an unavailable cluster early */
export function withAdmin<T>(
  settings: ClusterSettings,
  work: (admin: Admin, cluster: Cluster) => Promise<T>,
  timeoutMs = 5_000,
): Promise<T> {
  return withCluster(settings, (cluster) => work(new Admin(cluster, timeoutMs), cluster))
}
