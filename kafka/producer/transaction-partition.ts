import { noLeader } from '../protocol/metadata.ts'
import { keyField, noHeaders } from '../records/batch-writer.ts'
import type { BatchMemory } from './batch-memory.ts'
import { DeliveryTracker } from './delivery-tracker.ts'
import { PartitionBatches } from './partition-batches.ts'

export class TransactionPartition extends PartitionBatches {
  readonly topic: string
  isAdded = false
  /** Of the next batch. */
  expectedOffset: number | undefined
  readonly #tracker = new DeliveryTracker()
  #key: Buffer | undefined
  #keyField = noHeaders

  constructor(topic: string, partition: number, memory: BatchMemory) {
    super(partition, noLeader, memory)
    this.topic = topic
  }

  produce(key: Buffer, value: Buffer | null): void {
    // Consecutive records mostly share the key object.
    if (key !== this.#key) {
      this.#key = key
      this.#keyField = keyField(key)
    }
    this.add(this.#tracker, { key: this.#keyField, value, headers: noHeaders })
  }
}
