import { createAPI, fetchV12, type Reader, ResponseError } from '@platformatic/kafka'

/**
 * The fetch request (Kafka protocol, API key 1, version 12). The client's own reader of the answer takes a
 * partition's tagged fields, which brokers send when a leader has moved (KIP-951), for something else, makes an
 * object of every record at once, and fails all partitions when one has an error. This one leaves records as bytes.
 */
export type FetchPartition = {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: bigint
  readonly lastFetchedEpoch: number
  readonly partitionMaxBytes: number
}

/** All of a producer's transactional records from this offset to its next marker. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number }

export type FetchedPartition = {
  readonly topic: string
  readonly partition: number
  /** Kafka's error code; 0 when all is well. */
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  /** For readers of committed records only: what is not for them, by first offset. */
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** Record batches as the broker stores them; the last may be cut off. */
  readonly records: Buffer
}

/** AWS documents no isolation; Kafka's own default for consumers shows every record as it is written. */
export const readUncommitted = 0
export const readCommitted = 1

const sessionless = -1
const nothing = Buffer.alloc(0)
const noTransactions: readonly AbortedTransaction[] = []

type FetchArgs = Parameters<typeof fetchV12.createRequest>

const fetchApi = createAPI<FetchArgs, FetchedPartition[]>(1, 12, fetchV12.createRequest, readResponse)

export { fetchApi }

export function fetchArgs(
  topic: string,
  partitions: readonly FetchPartition[],
  limits: { readonly maxWaitMs: number; readonly maxBytes: number },
): FetchArgs {
  return fetchTopicsArgs([{ topic, partitions }], limits, readUncommitted)
}

export function fetchTopicsArgs(
  topics: readonly { readonly topic: string; readonly partitions: readonly FetchPartition[] }[],
  { maxWaitMs, maxBytes }: { readonly maxWaitMs: number; readonly maxBytes: number },
  isolation: typeof readUncommitted | typeof readCommitted,
): FetchArgs {
  // Up to version 12 topics have names; the client calls that field as later versions do.
  const asked = topics.map(({ topic, partitions }) => ({ topicId: topic, partitions: [...partitions] }))
  return [maxWaitMs, 1, maxBytes, isolation, 0, sessionless, asked, [], '']
}

function readResponse(_: number, apiKey: number, apiVersion: number, reader: Reader): FetchedPartition[] {
  reader.skip(4) // throttle time
  const errorCode = reader.readInt16()
  reader.skip(4) // session
  if (errorCode !== 0) throw new ResponseError(apiKey, apiVersion, { '/': [errorCode, null] }, {})
  const fetched: FetchedPartition[] = []
  forEach(reader, () => {
    const topic = reader.readString()
    forEach(reader, () => fetched.push(readPartition(topic, reader)))
  })
  return fetched
}

function readPartition(topic: string, reader: Reader): FetchedPartition {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = Number(reader.readInt64())
  reader.skip(8) // last stable offset
  const logStartOffset = Number(reader.readInt64())
  const abortedTransactions = readAbortedTransactions(reader)
  reader.skip(4) // preferred replica
  const size = Math.max(0, reader.readUnsignedVarInt() - 1)
  // A copy: a partition that waits must not hold the whole answer in memory.
  const records =
    size === 0 ? nothing : Buffer.from(reader.buffer.slice(reader.position, reader.position + size))
  reader.skip(size)
  return { topic, partition, errorCode, highWatermark, logStartOffset, abortedTransactions, records }
}

function readAbortedTransactions(reader: Reader): readonly AbortedTransaction[] {
  const transactions: AbortedTransaction[] = []
  forEach(reader, () => {
    const producerId = Number(reader.readInt64())
    transactions.push({ producerId, firstOffset: Number(reader.readInt64()) })
  })
  if (transactions.length === 0) return noTransactions
  return transactions.sort((a, b) => a.firstOffset - b.firstOffset)
}

/** A compact array of structures, each followed by its tagged fields. */
function forEach(reader: Reader, read: () => void): void {
  const length = reader.readUnsignedVarInt() - 1
  for (let i = 0; i < length; i++) {
    read()
    skipTaggedFields(reader)
  }
}

function skipTaggedFields(reader: Reader): void {
  for (let count = reader.readUnsignedVarInt(); count > 0; count--) {
    reader.readUnsignedVarInt() // tag
    reader.skip(reader.readUnsignedVarInt())
  }
}
