/**
 * Assigns partitions as Java's producer does: by murmur2 of the key. Without a key, chooses a random partition for a
 * number of bytes (KIP-794). The command assigns partitions itself, to report the records of each partition.
 */
import { partitionOfKey } from '../../../kafka/producer/murmur2.ts'

/** Default `batch.size` of Java's producer. */
const stickyBytes = 16 * 1024

export type Partitioner = (key: Buffer | null, bytes: number) => number

/** Records without a key go only to the partitions in `writable`, which have a leader. */
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
