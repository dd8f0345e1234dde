import { type ClusterSettings, openCluster } from '../../../books/cluster.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { DeliveryTracker } from '../../../kafka/producer/delivery-tracker.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { headersField, keyField } from '../../../kafka/records/batch-writer.ts'
import { requirePartition } from '../../options/partition.ts'
import { type Partitioner, partitioner } from './partitioner.ts'

export type Headers = readonly (readonly [name: string, value: Buffer])[]

export type Acknowledged = { readonly total: number; readonly partitions: ReadonlyMap<number, number> }

export class Sender {
  readonly #cluster: Cluster
  readonly #producer: Producer
  readonly #partitionOf: Partitioner
  readonly #headers: Buffer
  readonly #tracker = new DeliveryTracker()
  readonly #taken: number[]

  private constructor(cluster: Cluster, producer: Producer, partitionOf: Partitioner, headers: Headers) {
    this.#cluster = cluster
    this.#producer = producer
    this.#partitionOf = partitionOf
    this.#headers = headersField(headers)
    this.#taken = Array(producer.partitionCount).fill(0)
  }

  /** Sends all records to `partition`, if set. @throws the errors of `Producer.open`; NOT_FOUND without that partition */
  static async open(
    settings: ClusterSettings,
    topic: string,
    { partition, headers }: { readonly partition: number | undefined; readonly headers: Headers },
  ): Promise<Sender> {
    const cluster = openCluster(settings)
    try {
      const producer = await Producer.open(cluster, topic)
      const length = producer.partitionCount
      if (partition === undefined)
        return new Sender(cluster, producer, partitioner(length, producer.writablePartitions), headers)
      requirePartition(topic, partition, length)
      return new Sender(cluster, producer, () => partition, headers)
    } catch (error) {
      cluster.close()
      throw error
    }
  }

  /** @throws RECORD_TOO_LARGE, and the failure of an earlier record: KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  send(key: Buffer | null, value: Buffer | null): Promise<void> | undefined {
    const partition = this.#partitionOf(key, (key?.length ?? 0) + (value?.length ?? 0))
    if (!this.#offer(key, value, partition)) return this.#sendLater(key, value, partition)
    return undefined
  }

  /** @throws the failure of an earlier record */
  check(): void {
    const { failure } = this.#tracker
    if (failure) throw failure
  }

  /** Resolves when every record is acknowledged or has failed. After a failure, `check` throws its error. */
  async settled(): Promise<Acknowledged> {
    await this.#tracker.delivered()
    const { failedByPartition } = this.#tracker
    const partitions = new Map<number, number>()
    this.#taken.forEach((taken, partition) => {
      const acknowledged = taken - (failedByPartition.get(partition) ?? 0)
      if (acknowledged > 0) partitions.set(partition, acknowledged)
    })
    return { total: [...partitions.values()].reduce((sum, count) => sum + count, 0), partitions }
  }

  close(): void {
    this.#producer.close()
    this.#cluster.close()
  }

  #offer(key: Buffer | null, value: Buffer | null, partition: number): boolean {
    const record = { key: keyField(key), value, headers: this.#headers }
    const isTaken = this.#producer.offer(this.#tracker, partition, record)
    if (isTaken) this.#taken[partition]!++
    return isTaken
  }

  async #sendLater(key: Buffer | null, value: Buffer | null, partition: number): Promise<void> {
    do {
      await this.#producer.room()
      this.check()
    } while (!this.#offer(key, value, partition))
  }
}
