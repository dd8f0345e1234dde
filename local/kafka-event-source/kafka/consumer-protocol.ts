import { Reader, Writer } from '@platformatic/kafka'
import type { Assignments, Subscription } from './assignors.ts'

/**
 * What consumers tell each other through the group coordinator, which does not look inside (Kafka's schemas
 * ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0; later versions only add fields).
 */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray([...topics], (w, topic) => w.appendString(topic, false), false, false)
    .appendBytes(null, false).buffer
}

export function decodeSubscription(memberId: string, metadata: Buffer): Subscription {
  const reader = Reader.from(metadata)
  reader.readInt16() // version
  return { memberId, topics: reader.readArray((r) => r.readString(false), false, false) }
}

type MemberAssignment = NonNullable<ReturnType<Assignments['get']>>

export function encodeAssignment(assignment: MemberAssignment): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray(
      [...assignment],
      (w, [topic, partitions]) =>
        w
          .appendString(topic, false)
          .appendArray([...partitions], (inner, partition) => inner.appendInt32(partition), false, false),
      false,
      false,
    )
    .appendBytes(null, false).buffer
}

/** The partitions of one topic in an assignment. */
export function assignedPartitions(assignment: Buffer, topic: string): number[] {
  if (assignment.length === 0) return []
  const reader = Reader.from(assignment)
  reader.readInt16() // version
  const topics = reader.readArray(
    (r) => ({
      topic: r.readString(false),
      partitions: r.readArray((inner) => inner.readInt32(), false, false),
    }),
    false,
    false,
  )
  return topics.find((assigned) => assigned.topic === topic)?.partitions ?? []
}
