import { type ClusterSettings, openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'

/** @param timeoutMs limits the retries of each call; short, to report an unavailable cluster early */
export async function withAdmin<T>(
  settings: ClusterSettings,
  work: (admin: Admin, cluster: Cluster) => Promise<T>,
  timeoutMs = 5_000,
): Promise<T> {
  const cluster = openCluster(settings)
  try {
    return await work(new Admin(cluster, timeoutMs), cluster)
  } finally {
    cluster.close()
  }
}
