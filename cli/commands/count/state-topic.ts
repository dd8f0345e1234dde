import type { Config } from '../../../books/config.ts'
import { ensureTopics } from '../../../books/ensure-topics.ts'
import { topicConfigs } from '../../../books/topics.ts'
import type { Admin } from '../../../kafka/admin.ts'
import { withAdmin } from '../with-admin.ts'

const timeoutMs = 15_000

/**
 * Creates the missing state topic with the partition count of the lines topic.
 * @throws TOPIC_MISSING when the lines topic or the counts topic does not exist; KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function ensureStateTopic(config: Config): Promise<void> {
  const { topics, replicationFactor } = config
  const name = topics.bookCountState
  const ensure = async (admin: Admin) => {
    const [books] = await admin.describeTopics([topics.books, topics.bookCount])
    if ((await admin.findTopic(name)) !== undefined) return
    const partitions = books!.partitions.length
    const configs = topicConfigs(topics, config).get(name) ?? {}
    await ensureTopics(admin, [{ name, partitions, replicationFactor, configs }])
  }
  await withAdmin(config, ensure, timeoutMs)
}
