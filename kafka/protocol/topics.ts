import { throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

export type NewTopic = {
  readonly name: string
  /** -1: the broker's default (Kafka 2.4 and later, KIP-464). */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  /** Kafka documentation, "Topic Configs". */
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
        writer.array([], () => undefined) // assignments
        writer.array(Object.entries(configs), ([key, value]) => writer.string(key).string(value))
      })
      writer.int32(timeoutMs).boolean(false) // validate only
    },
    decode: (reader) => {
      reader.throttleTime()
      reader.array(() => {
        const topic = reader.text()
        throwUnlessNone(reader.int16(), `topic ${topic}`, reader.string())
      })
    },
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
