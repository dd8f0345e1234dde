import { Admin, type PartitionOffsets } from '../../kafka/admin.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'
import { LogReader, type OnRecord, type ReadPosition } from '../../kafka/consumer/log-reader.ts'
import { TransactionalProducer } from '../../kafka/producer/transactional-producer.ts'
import type { Isolation } from '../../kafka/protocol/fetch.ts'
import { AppError } from '../../lib/errors.ts'
import { type ClusterSettings, openCluster } from '../cluster.ts'
import type { Config } from '../config.ts'
import type { Topics } from '../topics.ts'
import type { Bounds, CountingCluster, Topology, Transactions } from './cluster.ts'

/** AWS does not document the mapping's isolation level; this is the default of Kafka's consumer. */
const mappingIsolation: Isolation = 'read_uncommitted'

export class KafkaCluster implements CountingCluster {
  readonly topics: Topics
  readonly #userid: string
  readonly #cluster: Cluster
  readonly #admin: Admin
  readonly #published: LogReader
  readonly #lines: LogReader

  constructor(config: ClusterSettings & Pick<Config, 'userid' | 'topics'>) {
    this.topics = config.topics
    this.#userid = config.userid
    this.#cluster = openCluster(config)
    this.#admin = new Admin(this.#cluster)
    this.#published = new LogReader(this.#cluster, 'read_committed')
    this.#lines = new LogReader(this.#cluster, mappingIsolation)
  }

  fence(partition: number): Promise<Transactions> {
    return TransactionalProducer.open(this.#cluster, `${this.#userid}.count.${partition}`)
  }

  async topology(): Promise<Topology> {
    const { books, bookCount, bookCountState } = this.topics
    const found = await this.#admin.describeTopics([books, bookCount, bookCountState])
    const [lines, counts, state] = found
    const partitions = lines!.partitions.length
    if (found.every((topic) => topic.partitions.length === partitions))
      return { booksTopicId: lines!.id, countTopicId: counts!.id, stateTopicId: state!.id, partitions }
    const numbers = found.map(({ name, partitions }) => `${name} has ${partitions.length}`).join(', ')
    throw new AppError(
      'PARTITIONS_DIFFER',
      `The three topics must have the same number of partitions, but ${numbers}. Nothing was counted. Delete the topic with the wrong number and run "npm run books -- topics create".`,
    )
  }

  bounds(topic: keyof Topics, partition: number): Promise<PartitionOffsets> {
    return this.#admin.partitionOffsets(this.topics[topic], partition, 'read_uncommitted')
  }

  booksEnd(partition: number): Promise<number> {
    return this.#admin.partitionEnd(this.topics.books, partition)
  }

  async readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    { start, end }: Bounds,
    onRecord: OnRecord,
  ): Promise<number> {
    const isEnough = (next: number) => next >= end
    return (await this.#published.readPartition(this.topics[topic], partition, start, onRecord, isEnough))
      .next
  }

  readBooks(partition: number, from: number, atLeast: number, onRecord: OnRecord): Promise<ReadPosition> {
    let records = 0
    const counted: OnRecord = (record, of) => {
      records++
      onRecord(record, of)
    }
    return this.#lines.readPartition(this.topics.books, partition, from, counted, () => records >= atLeast)
  }

  close(): void {
    this.#cluster.close()
  }
}
