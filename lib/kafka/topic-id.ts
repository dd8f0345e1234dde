import type Kafka from '@confluentinc/kafka-javascript'

/**
 * A topic's id as Kafka's own tools print it (base64url of its 128 bits). Made from the bits: the text is in a field
 * that the client's type declarations call `base64str` and its code `base64`.
 */
export function topicIdText({ mostSignificantBits, leastSignificantBits }: Kafka.Uuid): string {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, mostSignificantBits), 0)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, leastSignificantBits), 8)
  return bytes.toString('base64url')
}
