import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { ensureTopics } from '../../../books/ensure-topics.ts'
import { topicConfigs } from '../../../books/topics.ts'
import { Admin } from '../../../kafka/admin.ts'

/**
 * Creates the missing state topic with the partition count of the lines topic.
 * @throws TOPIC_MISSING when the lines topic or the counts topic does not exist; KAFKA_UNAVAILABLE, KAFKA_REFUSED
 */
export async function ensureStateTopic(config: Config): Promise<void> {
  const { topics, replicationFactor } = config
  const admin = new Admin(openCluster(config))
  try {
    const [books] = await admin.describeTopics([topics.books, topics.bookCount])
    const state = {
      name: topics.bookCountState,
      partitions: books!.partitions.length,
      replicationFactor,
      configs: topicConfigs(topics, config).get(topics.bookCountState) ?? {},
    }
    if ((await admin.findTopic(state.name)) === undefined) await ensureTopics(admin, [state])
  } finally {
    admin.close()
  }
}
