import { ProtocolReader } from '../protocol/reader.ts'
import { ProtocolWriter } from '../protocol/writer.ts'
import type { Assignments, MemberTopics } from './assignors.ts'

/**
 * Encodes and decodes Kafka's schemas ConsumerProtocolSubscription and ConsumerProtocolAssignment in version 0. Later
 * versions only append fields, which the decoders ignore.
 */
export function encodeSubscription(topics: readonly string[]): Buffer {
  const writer = new ProtocolWriter().int16(0)
  return writer.array(topics, (topic) => writer.string(topic)).bytes(null).buffer
}

export function decodeSubscription(memberId: string, metadata: Buffer): MemberTopics {
  const reader = new ProtocolReader(metadata)
  reader.int16() // version
  return { memberId, topics: reader.array(() => reader.text()) }
}

type MemberAssignment = NonNullable<ReturnType<Assignments['get']>>

export function encodeAssignment(assignment: MemberAssignment): Buffer {
  const writer = new ProtocolWriter().int16(0)
  writer.array([...assignment], ([topic, partitions]) =>
    writer.string(topic).array(partitions, (partition) => writer.int32(partition)),
  )
  return writer.bytes(null).buffer
}

export function decodeAssignment(assignment: Buffer): ReadonlyMap<string, readonly number[]> {
  if (assignment.length === 0) return new Map()
  const reader = new ProtocolReader(assignment)
  reader.int16() // version
  return new Map(reader.array(() => [reader.text(), reader.array(() => reader.int32())] as const))
}
