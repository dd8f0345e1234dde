import type { Address } from './address.ts'
import { errorCodes, ProtocolError } from './errors.ts'
import type { Request } from './request.ts'

/** Node id of a partition without a leader. */
export const noLeader = -1

type PartitionMetadata = {
  /** Node id, or `noLeader`. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicMetadata = {
  readonly name: string
  /** In base64url (KIP-516); empty before Kafka 2.8. */
  readonly id: string
  readonly partitions: readonly PartitionMetadata[]
}

export type Metadata = {
  readonly nodes: ReadonlyMap<number, Address>
  /** Node id; -1: none. */
  readonly controller: number
  /** Missing topics are absent. */
  readonly topics: ReadonlyMap<string, TopicMetadata>
}

const metadataApi = { key: 3, name: 'Metadata', min: 5, max: 12, flexibleFrom: 9 }

/** Does not create missing topics. @throws ProtocolError without permission for a topic */
export function metadataRequest(topics: readonly string[] | 'all'): Request<Metadata> {
  return {
    api: metadataApi,
    encode: (writer, version) => {
      writer.structures(topics === 'all' ? null : topics, (name) => {
        if (version >= 10) writer.noUuid()
        writer.string(name)
      })
      writer.boolean(false) // auto-creation
      if (version >= 8 && version <= 10) writer.boolean(false) // the cluster's authorized operations
      if (version >= 8) writer.boolean(false) // the topics' authorized operations
      writer.noTags()
    },
    decode: (reader, version) => {
      reader.throttleTime()
      const nodes = new Map<number, Address>()
      reader.structures(() => {
        const node = reader.int32()
        nodes.set(node, { host: reader.text(), port: reader.int32() })
        reader.string() // rack
      })
      reader.string() // cluster id
      const controller = reader.int32()
      const found = reader.structures(() => {
        const error = reader.int16()
        const name = reader.text()
        const id = version >= 10 ? reader.uuid() : ''
        reader.int8() // internal
        const partitions: PartitionMetadata[] = []
        reader.structures(() => {
          reader.int16() // the partition's error; then its leader is -1
          const partition = reader.int32()
          const leader = reader.int32()
          if (version >= 7) reader.int32() // leader epoch
          const replicas = reader.array(() => reader.int32())
          const inSync = reader.array(() => reader.int32())
          reader.array(() => reader.int32()) // offline replicas
          partitions[partition] = { leader, replicas, inSync }
        })
        if (version >= 8) reader.int32() // authorized operations
        return { error, topic: { name, id, partitions } }
      })
      if (version >= 8 && version <= 10) reader.int32() // the cluster's authorized operations
      for (const { error, topic } of found) {
        if (!concernsPartitionsOnly(error)) throw new ProtocolError(error, `topic ${topic.name}`)
      }
      const there = found.filter(({ error }) => error !== errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
      return { nodes, controller, topics: new Map(there.map(({ topic }) => [topic.name, topic])) }
    },
  }
}

/** LEADER_NOT_AVAILABLE concerns single partitions. */
function concernsPartitionsOnly(error: number): boolean {
  return (
    error === 0 ||
    error === errorCodes.UNKNOWN_TOPIC_OR_PARTITION ||
    error === errorCodes.LEADER_NOT_AVAILABLE
  )
}
