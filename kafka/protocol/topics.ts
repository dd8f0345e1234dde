import { throwUnlessNone } from './errors.ts'
import type { ProtocolReader } from './reader.ts'
import type { Request } from './request.ts'

export type NewTopic = {
  readonly name: string
  /** -1: the broker's default (Kafka 2.4 and later, KIP-464). */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

export function createTopicRequest(
  { name, partitions, replicationFactor, configs }: NewTopic,
  timeoutMs: number,
): Request<void> {
  return {
    api: { key: 19, name: 'CreateTopics', min: 2, max: 4 },
    holdMs: timeoutMs,
    encode: (writer) => {
      writer.array([name], () => {
        writer.string(name).int32(partitions).int16(replicationFactor)
        writer.array([]) // assignments
        writer.array(Object.entries(configs), ([key, value]) => writer.string(key).string(value))
      })
      writer.int32(timeoutMs).boolean(false) // validate only
    },
    decode: readTopicErrors,
  }
}

export function deleteTopicRequest(name: string, timeoutMs: number): Request<void> {
  return {
    api: { key: 20, name: 'DeleteTopics', min: 1, max: 3 },
    holdMs: timeoutMs,
    encode: (writer) => writer.array([name], (topic) => writer.string(topic)).int32(timeoutMs),
    decode: (reader) => {
      reader.throttleTime()
      reader.array(() => {
        const topic = reader.text()
        throwUnlessNone(reader.int16(), `topic ${topic}`)
      })
    },
  }
}

/** A null `value` restores the default. */
export type SettingChange = { readonly name: string; readonly value: string | null }

const topicResource = 2
const set = 0
const remove = 1

/** Changes only these settings (Kafka 2.3 and later, KIP-339). */
export function alterTopicConfigsRequest(topic: string, changes: readonly SettingChange[]): Request<void> {
  return {
    api: { key: 44, name: 'IncrementalAlterConfigs', min: 0, max: 0 },
    encode: (writer) => {
      writer.array([topic], (name) =>
        writer
          .int8(topicResource)
          .string(name)
          .array(changes, (change) =>
            writer
              .string(change.name)
              .int8(change.value === null ? remove : set)
              .string(change.value),
          ),
      )
      writer.boolean(false) // validate only
    },
    decode: (reader) => {
      reader.throttleTime()
      reader.array(() => {
        throwUnlessNone(reader.int16(), `topic ${topic}`, reader.string())
        reader.int8() // resource type
        reader.string() // resource name
      })
    },
  }
}

/** @throws ProtocolError, such as INVALID_PARTITIONS if the count does not grow */
export function createPartitionsRequest(topic: string, count: number, timeoutMs: number): Request<void> {
  return {
    api: { key: 37, name: 'CreatePartitions', min: 0, max: 1 },
    holdMs: timeoutMs,
    encode: (writer) => {
      writer.array([topic], (name) => writer.string(name).int32(count).array(null)) // no assignments
      writer.int32(timeoutMs).boolean(false) // validate only
    },
    decode: readTopicErrors,
  }
}

function readTopicErrors(reader: ProtocolReader): void {
  reader.throttleTime()
  reader.array(() => {
    const topic = reader.text()
    throwUnlessNone(reader.int16(), `topic ${topic}`, reader.string())
  })
}
