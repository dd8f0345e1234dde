import { errorCodes, ProtocolError, throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

export type Membership = { readonly groupId: string; readonly generation: number; readonly memberId: string }

export type JoinedGroup = {
  readonly generation: number
  readonly assignor: string
  readonly leader: string
  readonly memberId: string
  /** Empty unless this member is the leader. */
  readonly members: readonly { readonly memberId: string; readonly subscription: Buffer }[]
}

export type JoinGroupOptions = {
  readonly groupId: string
  readonly memberId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly assignors: readonly string[]
  readonly subscription: Buffer
}

const consumer = 'consumer'
const notStatic = null
const empty = Buffer.alloc(0)

/** The client must join again with this id (KIP-394). */
export class MemberIdRequired extends ProtocolError {
  readonly memberId: string

  constructor(code: number, memberId: string) {
    super(code)
    this.memberId = memberId
  }
}

/** The coordinator responds when all members have joined. @throws MemberIdRequired */
export function joinGroupRequest(options: JoinGroupOptions): Request<JoinedGroup> {
  return {
    api: { key: 11, name: 'JoinGroup', min: 2, max: 5 },
    holdMs: options.rebalanceTimeoutMs,
    encode: (writer, version) => {
      writer.string(options.groupId).int32(options.sessionTimeoutMs).int32(options.rebalanceTimeoutMs)
      writer.string(options.memberId)
      if (version >= 5) writer.string(notStatic)
      writer.string(consumer)
      writer.array(options.assignors, (name) => writer.string(name).bytes(options.subscription))
    },
    decode: (reader, version) => {
      reader.throttleTime()
      const code = reader.int16()
      const generation = reader.int32()
      const assignor = reader.text()
      const leader = reader.text()
      const memberId = reader.text()
      if (code === errorCodes.MEMBER_ID_REQUIRED) throw new MemberIdRequired(code, memberId)
      throwUnlessNone(code, `group ${options.groupId}`)
      const members = reader.array(() => {
        const member = reader.text()
        if (version >= 5) reader.string() // static id
        return { memberId: member, subscription: reader.bytes() ?? empty }
      })
      return { generation, assignor, leader, memberId, members }
    },
  }
}

/**
 * Returns this member's partitions after the leader assigned them.
 * @param assignments of all members if this member is the leader; else empty
 */
export function syncGroupRequest(
  { groupId, generation, memberId }: Membership,
  assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  holdMs: number,
): Request<Buffer> {
  return {
    api: { key: 14, name: 'SyncGroup', min: 1, max: 3 },
    holdMs,
    encode: (writer, version) => {
      writer.string(groupId).int32(generation).string(memberId)
      if (version >= 3) writer.string(notStatic)
      writer.array(assignments, (each) => writer.string(each.memberId).bytes(each.assignment))
    },
    decode: (reader) => {
      reader.throttleTime()
      throwUnlessNone(reader.int16(), `group ${groupId}`)
      return reader.bytes() ?? empty
    },
  }
}

export function heartbeatRequest({ groupId, generation, memberId }: Membership): Request<void> {
  return {
    api: { key: 12, name: 'Heartbeat', min: 1, max: 3 },
    encode: (writer, version) => {
      writer.string(groupId).int32(generation).string(memberId)
      if (version >= 3) writer.string(notStatic)
    },
    decode: (reader) => {
      reader.throttleTime()
      throwUnlessNone(reader.int16(), `group ${groupId}`)
    },
  }
}

export function leaveGroupRequest(groupId: string, memberId: string): Request<void> {
  return {
    api: { key: 13, name: 'LeaveGroup', min: 1, max: 3 },
    encode: (writer, version) => {
      writer.string(groupId)
      if (version < 3) writer.string(memberId)
      else writer.array([memberId], (id) => writer.string(id).string(notStatic))
    },
    decode: (reader, version) => {
      reader.throttleTime()
      throwUnlessNone(reader.int16(), `group ${groupId}`)
      if (version < 3) return
      reader.array(() => {
        reader.string() // member id
        reader.string() // static id
        throwUnlessNone(reader.int16(), `group ${groupId}`)
      })
    },
  }
}
