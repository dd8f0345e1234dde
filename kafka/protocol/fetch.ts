import { throwUnlessNone } from './errors.ts'
import { groupBy } from './group-by.ts'
import type { ProtocolReader } from './reader.ts'
import type { Request } from './request.ts'

/** `read_committed` hides open and aborted transactions (KIP-98). */
export type Isolation = 'read_committed' | 'read_uncommitted'

export type FetchPosition = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** The first batch of a response may exceed this limit. */
  readonly maxBytes: number
}

export type FetchLimits = {
  readonly isolation: Isolation
  readonly maxWaitMs: number
  readonly maxBytes: number
}

/** An aborted transaction ends at the producer's next marker after `firstOffset`. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number }

export type FetchedPartition = {
  readonly topic: string
  readonly partition: number
  /** 0: none. */
  readonly errorCode: number
  /** One past the last fully replicated record; -1: unknown. */
  readonly highWatermark: number
  /** One past the last record outside open transactions; -1: unknown. */
  readonly lastStableOffset: number
  /** Sorted by first offset; empty for `read_uncommitted`. */
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** A view. The last batch may be cut off. */
  readonly records: Buffer
}

const nothing = Buffer.alloc(0)
const noTransactions: readonly AbortedTransaction[] = []
const noReplica = -1
const anyEpoch = -1
const noSession = { id: 0, epoch: -1 }

export function fetchRequest(
  positions: readonly FetchPosition[],
  { isolation, maxWaitMs, maxBytes }: FetchLimits,
): Request<readonly FetchedPartition[]> {
  return {
    api: { key: 1, name: 'Fetch', min: 4, max: 10 },
    holdMs: maxWaitMs,
    encode: (writer, version) => {
      writer.int32(noReplica).int32(maxWaitMs).int32(1).int32(maxBytes)
      writer.int8(isolation === 'read_committed' ? 1 : 0)
      if (version >= 7) writer.int32(noSession.id).int32(noSession.epoch)
      const topics = groupBy(positions, ({ topic }) => topic)
      writer.array([...topics], ([topic, partitions]) =>
        writer.string(topic).array(partitions, ({ partition, offset, maxBytes: partitionMaxBytes }) => {
          writer.int32(partition)
          if (version >= 9) writer.int32(anyEpoch)
          writer.int64(offset)
          if (version >= 5) writer.int64(-1) // a follower's log start offset
          writer.int32(partitionMaxBytes)
        }),
      )
      if (version >= 7) writer.array([]) // topics to forget
    },
    decode: (reader, version) => {
      reader.throttleTime()
      if (version >= 7) {
        throwUnlessNone(reader.int16())
        reader.int32() // session
      }
      return reader.partitions((topic) => readPartition(reader, version, topic))
    },
  }
}

function readPartition(reader: ProtocolReader, version: number, topic: string): FetchedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const lastStableOffset = reader.int64()
  if (version >= 5) reader.int64() // log start offset
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
  const records = reader.bytes() ?? nothing
  const abortedTransactions =
    aborted.length === 0 ? noTransactions : aborted.sort((a, b) => a.firstOffset - b.firstOffset)
  return { topic, partition, errorCode, highWatermark, lastStableOffset, abortedTransactions, records }
}
