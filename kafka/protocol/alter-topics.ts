import { throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

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
        const code = reader.int16()
        throwUnlessNone(code, `topic ${topic}`, reader.string())
        reader.int8() // resource type
        reader.string() // resource name
      })
    },
  }
}

/**
 * @param count the new number of partitions
 * @throws ProtocolError, such as INVALID_PARTITIONS if the count does not grow
 */
export function createPartitionsRequest(topic: string, count: number, timeoutMs: number): Request<void> {
  return {
    api: { key: 37, name: 'CreatePartitions', min: 0, max: 1 },
    holdMs: timeoutMs,
    encode: (writer) => {
      writer.array(
        [topic],
        (name) =>
          writer
            .string(name)
            .int32(count)
            .array(null, () => undefined), // assignments
      )
      writer.int32(timeoutMs).boolean(false) // validate only
    },
    decode: (reader) => {
      reader.throttleTime()
      reader.array(() => {
        const name = reader.text()
        throwUnlessNone(reader.int16(), `topic ${name}`, reader.string())
      })
    },
  }
}
