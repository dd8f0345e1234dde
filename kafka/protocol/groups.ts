import { throwUnlessNone } from './errors.ts'
import type { ProtocolReader } from './reader.ts'
import type { Request } from './request.ts'

export type ListedGroup = {
  readonly groupId: string
  /** Empty before Kafka 2.6. */
  readonly state: string
}

export type GroupMemberDescription = {
  readonly memberId: string
  readonly clientId: string
  readonly clientHost: string
  /** Empty while the group rebalances, and for other clients than consumers. */
  readonly assignment: Buffer
}

export type DescribedGroup = {
  readonly state: string
  readonly members: readonly GroupMemberDescription[]
}

const empty = Buffer.alloc(0)
const consumerProtocol = 'consumer'

/** Returns the groups that this broker coordinates. */
export function listGroupsRequest(): Request<readonly ListedGroup[]> {
  return {
    api: { key: 16, name: 'ListGroups', min: 1, max: 4, flexibleFrom: 3 },
    encode: (writer, version) => {
      if (version >= 4) writer.array([]) // states to filter by
      writer.noTags()
    },
    decode: (reader, version) => {
      reader.throttleTime()
      throwUnlessNone(reader.int16())
      return reader.structures(() => {
        const groupId = reader.text()
        reader.string() // protocol type
        return { groupId, state: version >= 4 ? reader.text() : '' }
      })
    },
  }
}

export function describeGroupRequest(groupId: string): Request<DescribedGroup> {
  return {
    api: { key: 15, name: 'DescribeGroups', min: 1, max: 4 },
    encode: (writer, version) => {
      writer.array([groupId], (id) => writer.string(id))
      if (version >= 3) writer.boolean(false) // authorized operations
    },
    decode: (reader, version) => {
      reader.throttleTime()
      const [group] = reader.array(() => {
        throwUnlessNone(reader.int16(), `group ${groupId}`)
        reader.string() // group id
        const state = reader.text()
        const isOfConsumers = reader.string() === consumerProtocol
        reader.string() // protocol
        const members = reader.array(() => {
          const memberId = reader.text()
          if (version >= 4) reader.string() // static id
          const clientId = reader.text()
          const clientHost = reader.text()
          reader.bytes() // subscription
          const assignment = reader.bytes() ?? empty
          return { memberId, clientId, clientHost, assignment: isOfConsumers ? assignment : empty }
        })
        if (version >= 3) reader.int32() // authorized operations
        return { state, members }
      })
      return group!
    },
  }
}

/**
 * Describes a group of Kafka 4's consumer protocol (KIP-848), for which DescribeGroups returns "Dead".
 * @throws ProtocolError GROUP_ID_NOT_FOUND for any other group
 */
export function describeConsumerGroupRequest(groupId: string) {
  return {
    api: { key: 69, name: 'ConsumerGroupDescribe', min: 0, max: 0, flexibleFrom: 0 },
    encode: (writer) => {
      writer.array([groupId], (id) => writer.string(id))
      writer.boolean(false).noTags() // authorized operations
    },
    decode: (reader) => {
      reader.throttleTime()
      const [group] = reader.structures(() => {
        throwUnlessNone(reader.int16(), `group ${groupId}`)
        reader.string() // error message
        reader.string() // group id
        const state = reader.text()
        reader.int32() // epoch
        reader.int32() // epoch of the assignment
        reader.string() // assignor
        const members = reader.structures(() => consumerIn(reader))
        reader.int32() // authorized operations
        return { state, members }
      })
      return group!
    },
  } satisfies Request<unknown>
}

function consumerIn(reader: ProtocolReader) {
  const memberId = reader.text()
  reader.string() // static id
  reader.string() // rack
  reader.int32() // epoch
  const clientId = reader.text()
  const clientHost = reader.text()
  reader.array(() => reader.string()) // topics
  reader.string() // pattern
  const assigned = assignmentIn(reader)
  assignmentIn(reader) // target
  return { memberId, clientId, clientHost, assigned }
}

function assignmentIn(reader: ProtocolReader): ReadonlyMap<string, readonly number[]> {
  const partitions = reader.structures(() => {
    reader.uuid()
    return [reader.text(), reader.array(() => reader.int32())] as const
  })
  reader.tags()
  return new Map(partitions)
}

/** @throws ProtocolError, such as NON_EMPTY_GROUP */
export function deleteGroupRequest(groupId: string): Request<void> {
  return {
    api: { key: 42, name: 'DeleteGroups', min: 0, max: 1 },
    encode: (writer) => writer.array([groupId], (id) => writer.string(id)),
    decode: (reader) => {
      reader.throttleTime()
      reader.array(() => {
        const id = reader.text()
        throwUnlessNone(reader.int16(), `group ${id}`)
      })
    },
  }
}
