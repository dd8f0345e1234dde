import { Admin } from '../../kafka/admin.ts'
import { openCluster } from '../../lib/cluster.ts'
import type { Config } from '../../lib/config.ts'
import { ensureTopics } from '../../lib/kafka/ensure-topics.ts'
import { topicConfigs } from '../../lib/topics.ts'

/**
 * Creates the topic of the counter's state, with the partitions of the topic of lines, where it is missing: `count`
 * alone needs it, and who made the topics of the exercise does not know of it.
 * @throws TOPIC_MISSING when the topic of lines or that of the counts is missing; KAFKA_UNAVAILABLE, KAFKA_REFUSED
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
