import type { Admin } from '../../kafka/admin.ts'
import type { Config } from '../../lib/config.ts'
import { ensureTopics, wantedTopics } from '../../lib/kafka/ensure-topics.ts'
import type { MadeResource, ResourceRequest } from './custom-resource.ts'

export type TopicsRequest = Pick<
  ResourceRequest,
  'RequestType' | 'ResourceProperties' | 'OldResourceProperties'
>

/**
 * Creates the missing topics and refuses those of another shape. No topic with data is ever deleted: the lines are the
 * truth, and outlive every stack. A rollback checks no topics, since they were checked when that version was deployed: a
 * stack that cannot roll back is stuck, perhaps because of the same cluster that made the deploy fail.
 * @throws PARTITIONS_DIFFER, KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function topicsResource(
  request: TopicsRequest,
  config: Config,
  admin: Admin,
): Promise<MadeResource> {
  const id = `${config.userid}.topics`
  const kept = Object.values(config.topics).join(', ')
  if (request.RequestType === 'Delete' || goesBack(request)) return { id, data: { kept } }
  const ensured = await ensureTopics(admin, wantedTopics(config))
  const named = (created: boolean) =>
    ensured.filter((topic) => topic.created === created).map(({ name }) => name)
  const compromises = ensured.flatMap((topic) => topic.compromises)
  return {
    id,
    data: {
      created: named(true).join(', '),
      found: named(false).join(', '),
      // In short: CloudFormation takes 4,096 bytes. "books doctor --stage" says what each costs.
      ...(compromises.length > 0 && {
        notAccepted: [...new Set(compromises.map(({ setting }) => setting))].join(', '),
      }),
    },
  }
}

/** `DeployedAt` is the time of the deploy, as ISO 8601 has it, in UTC. */
function goesBack({ ResourceProperties, OldResourceProperties }: TopicsRequest): boolean {
  return (ResourceProperties.DeployedAt ?? '') < (OldResourceProperties?.DeployedAt ?? '')
}
