import type { Config } from '../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import type { Admin } from '../../kafka/admin.ts'
import type { PhysicalResource, ResourceRequest } from './custom-resource.ts'

export type TopicsRequest = Pick<
  ResourceRequest,
  'RequestType' | 'ResourceProperties' | 'OldResourceProperties'
>

/**
 * Creates missing topics and never deletes one. A rollback skips all checks, because the cluster may have caused it.
 * @throws PARTITIONS_DIFFER, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function topicsResource(
  request: TopicsRequest,
  config: Config,
  admin: Admin,
): Promise<PhysicalResource> {
  const id = `${config.userid}.topics`
  const kept = Object.values(config.topics).join(', ')
  if (request.RequestType === 'Delete' || isRollback(request)) return { id, data: { kept } }
  const ensured = await ensureTopics(admin, wantedTopics(config))
  const named = (created: boolean) =>
    ensured.filter((topic) => topic.created === created).map(({ name }) => name)
  const deviations = ensured.flatMap((topic) => topic.deviations)
  return {
    id,
    data: {
      created: named(true).join(', '),
      found: named(false).join(', '),
      // Only names fit into the 4,096 bytes of the response. "books doctor --stage" explains each setting.
      ...(deviations.length > 0 && {
        notAccepted: [...new Set(deviations.map(({ setting }) => setting))].join(', '),
      }),
    },
  }
}

/** Times in ISO 8601 and UTC sort as text. */
function isRollback({ ResourceProperties, OldResourceProperties }: TopicsRequest): boolean {
  return (ResourceProperties.DeployedAt ?? '') < (OldResourceProperties?.DeployedAt ?? '')
}
