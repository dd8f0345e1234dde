import { throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

export type ProducerId = { readonly id: bigint; readonly epoch: number }

/**
 * Any broker can process this request without a transactional id. With one, the coordinator fences the id's earlier
 * producer and aborts its transaction (KIP-98).
 * @param timeoutMs maximum duration of a transaction
 */
export function producerIdRequest(
  transactionalId: string | null = null,
  timeoutMs = -1,
): Request<ProducerId> {
  return {
    api: { key: 22, name: 'InitProducerId', min: 0, max: 1 },
    encode: (writer) => writer.string(transactionalId).int32(timeoutMs),
    decode: (reader) => {
      reader.throttleTime()
      throwUnlessNone(
        reader.int16(),
        transactionalId === null ? undefined : `transactional id ${transactionalId}`,
      )
      return { id: reader.bigInt64(), epoch: reader.int16() }
    },
  }
}

const replicationMs = 10_000
const allInSync = -1

export type BatchesByTopic = ReadonlyMap<string, ReadonlyMap<number, Buffer>>
/** Error codes by topic and partition; 0: written. */
export type ProduceErrors = ReadonlyMap<string, ReadonlyMap<number, number>>

export function produceRequest(
  batches: BatchesByTopic,
  transactionalId: string | null = null,
): Request<ProduceErrors> {
  return {
    api: { key: 0, name: 'Produce', min: 3, max: 8 },
    holdMs: replicationMs,
    encode: (writer) => {
      writer.string(transactionalId).int16(allInSync).int32(replicationMs)
      writer.array([...batches], ([topic, partitions]) =>
        writer
          .string(topic)
          .array([...partitions], ([partition, batch]) => writer.int32(partition).bytes(batch)),
      )
    },
    decode: (reader, version) => {
      const topics = new Map<string, Map<number, number>>()
      reader.array(() => {
        const errors = new Map<number, number>()
        topics.set(reader.text(), errors)
        reader.array(() => {
          errors.set(reader.int32(), reader.int16())
          reader.int64() // base offset
          reader.int64() // append time
          if (version >= 5) reader.int64() // log start offset
          if (version < 8) return
          reader.array(() => [reader.int32(), reader.string()]) // records in error
          reader.string() // message
        })
      })
      reader.throttleTime()
      return topics
    },
  }
}
