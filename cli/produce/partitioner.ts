/**
 * In which partition a record goes, as Java's producer decides it. With a key: murmur2 of the key (Kafka's
 * `BuiltInPartitioner.partitionForKey`). Without: a partition at random for so many bytes, then another (KIP-794), so
 * that batches fill. Decided here and not in the client, so that it is known what each partition took.
 */
const seed = 0x9747b28c
const multiplier = 0x5bd1e995
const rotation = 24

/** As much as one batch of Java's producer (`batch.size`). */
const stickyBytes = 16 * 1024

export type Partitioner = (key: Buffer | null, bytes: number) => number

/** `writable`: those of the topic's `count` partitions that have a leader; keys choose among all. */
export function partitioner(count: number, writable: readonly number[], random = Math.random): Partitioner {
  const choose = () => writable[Math.floor(random() * writable.length)] ?? 0
  let current = choose()
  let taken = 0
  return (key, bytes) => {
    if (key !== null) return (murmur2(key) & 0x7fffffff) % count
    if (taken >= stickyBytes) {
      current = choose()
      taken = 0
    }
    taken += bytes
    return current
  }
}

/** The 32-bit MurmurHash2 that Kafka uses (`Utils.murmur2`), as a signed number. */
export function murmur2(key: Buffer): number {
  const { length } = key
  const whole = length & ~3
  let hash = seed ^ length
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(key.readInt32LE(at), multiplier)
    word ^= word >>> rotation
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  for (let at = length - 1; at >= whole; at--) {
    hash ^= key[at]! << (8 * (at - whole))
    if (at === whole) hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
