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
/** `code` is 0 when the batch was written. `baseOffset` is the offset of its first record. */
export type ProduceResult = { readonly code: number; readonly baseOffset: number }
export type ProduceResults = ReadonlyMap<string, ReadonlyMap<number, ProduceResult>>

export function produceRequest(
  batches: BatchesByTopic,
  transactionalId: string | null = null,
): Request<ProduceResults> {
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
      const topics = new Map<string, Map<number, ProduceResult>>()
      reader.array(() => {
        const results = new Map<number, ProduceResult>()
        topics.set(reader.text(), results)
        reader.array(() => {
          results.set(reader.int32(), { code: reader.int16(), baseOffset: reader.int64() })
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
