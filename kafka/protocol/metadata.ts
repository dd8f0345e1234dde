import type { Address } from './address.ts'
import { errorCodes, ProtocolError, throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

export const noLeader = -1

type PartitionMetadata = {
  readonly partition: number
  /** Node id, or `noLeader`. */
  readonly leader: number
  /** Node ids. */
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicMetadata = {
  readonly name: string
  /** In base64url (KIP-516). It changes when the topic is re-created. Empty before Kafka 2.8. */
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

/** Does not create missing topics. @throws ProtocolError without permission for a topic */
export function metadataRequest(topics: readonly string[] | 'all'): Request<Metadata> {
  return {
    api: { key: 3, name: 'Metadata', min: 5, max: 12, flexibleFrom: 9 },
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
          partitions[partition] = { partition, leader, replicas, inSync }
        })
        if (version >= 8) reader.int32() // authorized operations
        return { error, topic: { name, id, partitions } }
      })
      if (version >= 8 && version <= 10) reader.int32() // the cluster's authorized operations
      const topicsByName = new Map<string, TopicMetadata>()
      for (const { error, topic } of found) {
        if (error === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) continue
        // This error concerns single partitions.
        if (error !== errorCodes.LEADER_NOT_AVAILABLE) throwUnlessNone(error, `topic ${topic.name}`)
        topicsByName.set(topic.name, topic)
      }
      // Before KRaft, starting brokers know none.
      if (nodes.size === 0) throw new ProtocolError(errorCodes.BROKER_NOT_AVAILABLE)
      return { nodes, controller, topics: topicsByName }
    },
  }
}
