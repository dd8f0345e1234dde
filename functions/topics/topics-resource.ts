import type { Config } from '../../lib/config.ts'
import type { Admin } from '../../lib/kafka/admin.ts'
import { ensureTopics, wantedTopics } from '../../lib/kafka/ensure-topics.ts'
import type { MadeResource, ResourceRequest } from './custom-resource.ts'

/**
 * Creates the topics that are missing and refuses those of another shape. Nothing is ever deleted: the lines are the
 * truth, and outlive every stack.
 * @throws PARTITIONS_DIFFER, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function topicsResource(
  requestType: ResourceRequest['RequestType'],
  config: Config,
  admin: Admin,
): Promise<MadeResource> {
  const id = `${config.userid}.topics`
  if (requestType === 'Delete') return { id, data: { kept: Object.values(config.topics).join(', ') } }
  const ensured = await ensureTopics(admin, wantedTopics(config))
  const named = (created: boolean) =>
    ensured.filter((topic) => topic.created === created).map(({ name }) => name)
  return { id, data: { created: named(true).join(', '), found: named(false).join(', ') } }
}
