import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { Admin } from '../../../kafka/admin.ts'

/** Short, to report an unavailable cluster early. */
const timeoutMs = 5_000

/** Upper bound of the records in the lines topic. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function recordsInLog(config: Config): Promise<number> {
  const admin = new Admin(openCluster(config), timeoutMs)
  try {
    const offsets = await admin.offsets(config.topics.books, 'read_uncommitted')
    return offsets.reduce((sum, { start, end }) => sum + end - start, 0)
  } finally {
    admin.close()
  }
}
