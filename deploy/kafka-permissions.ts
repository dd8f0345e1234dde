/**
 * Amazon MSK's actions (service authorization reference, "Apache Kafka APIs for Amazon MSK clusters"). A test runs
 * each function with only the equivalent ACLs.
 */
import { topicsOf } from '../books/topics.ts'

export type KafkaFunction = 'ingest' | 'count' | 'counts' | 'topics'

/** `name` may end in `*`; it is undefined for the cluster itself. */
export type KafkaPermission = {
  readonly resource: 'cluster' | 'topic' | 'group' | 'transactional-id'
  readonly name?: string
  readonly actions: readonly string[]
}

export function kafkaPermissions(kafkaFunction: KafkaFunction, userid: string): readonly KafkaPermission[] {
  const topics = topicsOf(userid)
  const all = Object.values<string>(topics)
  switch (kafkaFunction) {
    case 'ingest':
      return [cluster('WriteDataIdempotently'), topic(topics.books, 'WriteData')]
    case 'count':
      return [
        // The mapping uses this role and needs the first four permissions.
        cluster('DescribeClusterDynamicConfiguration', 'WriteDataIdempotently'),
        group(`${userid}.count`, 'DescribeGroup', 'AlterGroup'),
        topic(topics.books, 'ReadData'),
        ...[topics.bookCount, topics.bookCountState].map((name) => topic(name, 'ReadData', 'WriteData')),
        reading(userid),
        {
          resource: 'transactional-id',
          name: `${userid}.count.*`,
          actions: ['DescribeTransactionalId', 'AlterTransactionalId'],
        },
      ]
    case 'counts':
      // Counts come from the state topic, messages from the others.
      return [cluster(), ...all.map((name) => topic(name, 'ReadData')), reading(userid)]
    case 'topics':
      return [cluster(), ...all.map((name) => topic(name, 'CreateTopic'))]
    default:
      return kafkaFunction satisfies never
  }
}

/** Readers look up their group's coordinator, but never join it. */
function reading(userid: string): KafkaPermission {
  return group(`${userid}.reader`, 'DescribeGroup')
}

function cluster(...actions: readonly string[]): KafkaPermission {
  return { resource: 'cluster', actions: ['Connect', ...actions] }
}

function topic(name: string, ...actions: readonly string[]): KafkaPermission {
  return { resource: 'topic', name, actions: ['DescribeTopic', ...actions] }
}

function group(name: string, ...actions: readonly string[]): KafkaPermission {
  return { resource: 'group', name, actions }
}
