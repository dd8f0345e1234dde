/**
 * Assigns records to partitions as Java's producer does. With a key: murmur2 of the key. Without a key: a random partition
 * for a number of bytes, then another one (KIP-794), so that batches fill. The command assigns them, not the producer, to
 * report the records of each partition.
 */
import { partitionOfKey } from '../../../kafka/producer/murmur2.ts'

/** Default `batch.size` of Java's producer. */
const stickyBytes = 16 * 1024

export type Partitioner = (key: Buffer | null, bytes: number) => number

/** `writable`: partitions with a leader, used for records without a key. Keys are spread over all `count` partitions. */
export function partitioner(count: number, writable: readonly number[], random = Math.random): Partitioner {
  const choose = () => writable[Math.floor(random() * writable.length)] ?? 0
  let current = choose()
  let taken = 0
  return (key, bytes) => {
    if (key !== null) return partitionOfKey(key, count)
    if (taken >= stickyBytes) {
      current = choose()
      taken = 0
    }
    taken += bytes
    return current
  }
}
