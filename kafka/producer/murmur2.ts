/** The signed 32-bit MurmurHash2 of Kafka's Java client (`Utils.murmur2`). */
const seed = 0x9747b28c
const multiplier = 0x5bd1e995
const rotation = 24

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

/** Returns the same partition as Java's client (`BuiltInPartitioner.partitionForKey`). */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
