/**
 * Assigns partitions as Java's producer does: murmur2 of the key, or without a key a random partition for a number of
 * bytes (KIP-794). The command assigns them to report each partition's records.
 */
import { partitionOfKey } from '../../../kafka/producer/murmur2.ts'

/** Default `batch.size` of Java's producer. */
const stickyBytes = 16 * 1024

export type Partitioner = (key: Buffer | null, bytes: number) => number

/** `writable`: partitions with a leader, for records without a key. */
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
