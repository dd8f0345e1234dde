import { throwUnlessNone } from './errors.ts'
import type { Membership } from './group-membership.ts'
import type { Request } from './request.ts'

/** By topic and partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, number>>

const retentionOfBroker = -1
const noEpoch = -1

/** Identifies a client that commits for a group without members. */
export function noMember(groupId: string): Membership {
  return { groupId, generation: -1, memberId: '' }
}

/** @throws ProtocolError if any partition fails */
export function offsetCommitRequest(
  { groupId, generation, memberId }: Membership,
  offsets: OffsetsByTopic,
): Request<void> {
  return {
    api: { key: 8, name: 'OffsetCommit', min: 2, max: 7 },
    encode: (writer, version) => {
      writer.string(groupId).int32(generation).string(memberId)
      if (version >= 7) writer.string(null) // static id
      if (version <= 4) writer.int64(retentionOfBroker)
      writer.array([...offsets], ([topic, partitions]) =>
        writer.string(topic).array([...partitions], ([partition, offset]) => {
          writer.int32(partition).int64(offset)
          if (version >= 6) writer.int32(noEpoch)
          writer.string(null) // metadata
        }),
      )
    },
    decode: (reader, version) => {
      if (version >= 3) reader.throttleTime()
      reader.partitions((topic) => {
        const partition = reader.int32()
        throwUnlessNone(reader.int16(), `group ${groupId}, ${topic}[${partition}]`)
      })
    },
  }
}

/** Partitions without a committed offset are absent. @param partitions by topic; null: all */
export function offsetFetchRequest(
  groupId: string,
  partitions: ReadonlyMap<string, readonly number[]> | null,
): Request<OffsetsByTopic> {
  return {
    api: { key: 9, name: 'OffsetFetch', min: 2, max: 5 },
    encode: (writer) => {
      writer.string(groupId)
      writer.array(partitions === null ? null : [...partitions], ([topic, numbers]) =>
        writer.string(topic).array(numbers, (number) => writer.int32(number)),
      )
    },
    decode: (reader, version) => {
      if (version >= 3) reader.throttleTime()
      const topics = new Map<string, Map<number, number>>()
      reader.partitions((topic) => {
        const partition = reader.int32()
        const offset = reader.int64()
        if (version >= 5) reader.int32() // leader epoch
        reader.string() // metadata
        throwUnlessNone(reader.int16(), `group ${groupId}, ${topic}[${partition}]`)
        const offsets = topics.get(topic) ?? new Map<number, number>()
        if (offset >= 0) topics.set(topic, offsets.set(partition, offset))
      })
      throwUnlessNone(reader.int16(), `group ${groupId}`)
      return topics
    },
  }
}
