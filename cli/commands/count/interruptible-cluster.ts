import type { Config } from '../../../books/config.ts'
import type { Bounds, Transactions } from '../../../books/count/cluster.ts'
import { KafkaCluster } from '../../../books/count/kafka-cluster.ts'
import type { OnRecord, ReadPosition } from '../../../kafka/consumer/log-reader.ts'

/** Rejects reads with the reason of `signal`, so that a count stops between two transactions. */
export class InterruptibleCluster extends KafkaCluster {
  readonly #signal: AbortSignal
  /** Updates published in committed transactions. */
  published = 0

  constructor(config: Config, signal: AbortSignal) {
    super(config)
    this.#signal = signal
  }

  override async fence(partition: number): Promise<Transactions> {
    this.#signal.throwIfAborted()
    const opened = await super.fence(partition)
    let pending = 0
    return {
      begin: (topics, partition) => opened.begin(topics, partition),
      produce: (topic, partition, key, value) => {
        if (topic === this.topics.bookCount) pending++
        opened.produce(topic, partition, key, value)
      },
      expectOffset: (topic, partition, offset) => opened.expectOffset(topic, partition, offset),
      commit: async () => {
        await opened.commit()
        this.published += pending
        pending = 0
      },
      close: () => opened.close(),
    }
  }

  override readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: OnRecord,
  ): Promise<number> {
    this.#signal.throwIfAborted()
    return super.readCommitted(topic, partition, bounds, (record, of) => {
      this.#signal.throwIfAborted()
      onRecord(record, of)
    })
  }

  override readBooks(
    partition: number,
    from: number,
    atLeast: number,
    onRecord: OnRecord,
  ): Promise<ReadPosition> {
    this.#signal.throwIfAborted()
    return super.readBooks(partition, from, atLeast, onRecord)
  }
}
