import { errorCodes, ProtocolError, throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

export type TopicConfig = { readonly name: string; readonly value: string; readonly isSetForTopic: boolean }

const topicResource = 2
const setForTopic = 1 // DYNAMIC_TOPIC_CONFIG

export function describeTopicConfigsRequest(topic: string): Request<readonly TopicConfig[]> {
  return {
    api: { key: 32, name: 'DescribeConfigs', min: 1, max: 3 },
    encode: (writer, version) => {
      writer.array([topic], (name) => writer.int8(topicResource).string(name).array(null))
      writer.boolean(false) // synonyms
      if (version >= 3) writer.boolean(false) // documentation
    },
    decode: (reader, version) => {
      reader.throttleTime()
      const configs = reader.array(() => {
        throwUnlessNone(reader.int16(), `topic ${topic}`, reader.string())
        reader.int8() // resource type
        reader.string() // resource name
        return reader.array(() => {
          const name = reader.text()
          const value = reader.text()
          reader.int8() // read-only
          const source = reader.int8()
          reader.int8() // sensitive
          reader.array(() => [reader.string(), reader.string(), reader.int8()]) // synonyms
          if (version >= 3) {
            reader.int8() // type
            reader.string() // documentation
          }
          return { name, value, isSetForTopic: source === setForTopic }
        })
      })
      return configs.flat()
    },
  }
}

/** Returns bytes on the disks of the requested broker, by partition. @throws ProtocolError without permission */
export function describeLogDirsRequest(
  topic: string,
  partitions: readonly number[],
): Request<ReadonlyMap<number, number>> {
  return {
    api: { key: 35, name: 'DescribeLogDirs', min: 0, max: 1 },
    encode: (writer) =>
      writer.array([topic], (name) =>
        writer.string(name).array(partitions, (number) => writer.int32(number)),
      ),
    decode: (reader) => {
      reader.throttleTime()
      const bytes = new Map<number, number>()
      const folders = reader.array(() => {
        throwUnlessNone(reader.int16())
        reader.string() // folder
        reader.partitions(() => {
          const partition = reader.int32()
          bytes.set(partition, (bytes.get(partition) ?? 0) + reader.int64())
          reader.int64() // offset lag
          reader.int8() // future replica
        })
      })
      // Before version 3, a client without permission gets an empty list.
      if (folders.length === 0) throw new ProtocolError(errorCodes.CLUSTER_AUTHORIZATION_FAILED)
      return bytes
    },
  }
}
