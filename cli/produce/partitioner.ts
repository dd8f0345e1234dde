/**
 * In which partition a record goes, as Java's producer decides it. With a key: murmur2 of the key. Without: a partition at
 * random for so many bytes, then another (KIP-794), so that batches fill. Decided here and not in the producer, so that
 * it is known what each partition took.
 */
import { partitionOfKey } from '../../kafka/producer/murmur2.ts'

/** As much as one batch of Java's producer (`batch.size`). */
const stickyBytes = 16 * 1024

export type Partitioner = (key: Buffer | null, bytes: number) => number

/** `writable`: those of the topic's `count` partitions that have a leader; keys choose among all. */
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
