import type { Config } from '../../../books/config.ts'
import { withAdmin } from '../with-admin.ts'

/** Upper bound of the records in the lines topic. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function recordsInLog(config: Config): Promise<number> {
  const offsets = await withAdmin(config, (admin) => admin.offsets(config.topics.books, 'read_uncommitted'))
  return offsets.reduce((sum, { start, end }) => sum + end - start, 0)
}
