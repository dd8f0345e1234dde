/**
 * The requests of an idempotent producer. One version of each is used, the last without flexible fields: brokers answer
 * them from Kafka 2.4 on, 4.x included (Kafka protocol, keys 0, 3 and 22; KIP-896).
 */
import type { Address } from './address.ts'
import type { Answer } from './answer.ts'
import { ProtocolError, protocolErrors } from './protocol-error.ts'
import type { ProducerId } from './record-batch.ts'
import { RequestBody } from './request.ts'

export type Request<T> = {
  readonly api: { readonly key: number; readonly version: number }
  readonly body: RequestBody
  /** @throws ProtocolError */
  readonly read: (answer: Answer) => T
}

export type TopicMetadata = {
  readonly nodes: ReadonlyMap<number, Address>
  /** The node that leads each partition, by number; -1: none now. Empty: there is no such topic. */
  readonly leaders: readonly number[]
}

const no = 0

/** Of one topic, which is not created. @throws ProtocolError for one that may not be seen */
export function topicMetadata(topic: string): Request<TopicMetadata> {
  const body = new RequestBody().int32(1).text(topic)
  return { api: { key: 3, version: 8 }, body: body.int8(no).int8(no).int8(no), read: readMetadata }
}

function readMetadata(answer: Answer): TopicMetadata {
  answer.int32() // throttle time
  const nodes = new Map<number, Address>()
  answer.list(() => {
    const node = answer.int32()
    nodes.set(node, { host: answer.text() ?? '', port: answer.int32() })
    answer.text() // rack
  })
  answer.text() // cluster
  answer.int32() // controller
  const leaders: number[] = []
  answer.list(() => {
    const error = answer.int16()
    answer.text() // name
    answer.int8() // internal
    answer.list(() => {
      answer.int16() // its error: no leader
      const partition = answer.int32()
      leaders[partition] = answer.int32()
      answer.int32() // leader's epoch
      for (let replicas = 0; replicas < 3; replicas++) answer.list(() => answer.int32())
    })
    answer.int32() // authorised operations
    if (error !== 0 && error !== protocolErrors.UNKNOWN_TOPIC_OR_PARTITION) throw new ProtocolError(error)
  })
  return { nodes, leaders }
}

/** An id for a producer without transactions, which any broker gives. @throws ProtocolError */
export function newProducerId(): Request<ProducerId> {
  return { api: initProducerId, body: new RequestBody().text(null).int32(-1), read: readProducerId }
}

/**
 * The id of a producer with transactions, by their coordinator: fences whoever had it before, and aborts what that one
 * left open. @param timeoutMs after which the coordinator aborts a transaction itself
 */
export function fencingProducerId(transactionalId: string, timeoutMs: number): Request<ProducerId> {
  const body = new RequestBody().text(transactionalId).int32(timeoutMs)
  return { api: initProducerId, body, read: readProducerId }
}

const initProducerId = { key: 22, version: 1 }

function readProducerId(answer: Answer): ProducerId {
  answer.int32() // throttle time
  const error = answer.int16()
  if (error !== 0) throw new ProtocolError(error)
  return { id: answer.int64(), epoch: answer.int16() }
}

/** How long a broker waits for its in-sync replicas. */
const produceTimeoutMs = 10_000
const allInSync = -1

/** Sealed batches, one for each of some partitions. */
type Batches = ReadonlyMap<string, ReadonlyMap<number, Buffer>>

/** Answers with each partition's error; 0: its batch is written. @param batches by topic and partition */
export function produce(
  batches: Batches,
  transactionalId: string | null = null,
): Request<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const body = new RequestBody().text(transactionalId).int16(allInSync).int32(produceTimeoutMs)
  body.list([...batches], ([topic, partitions]) =>
    body.text(topic).list([...partitions], ([partition, batch]) => body.int32(partition).bytes(batch)),
  )
  return { api: { key: 0, version: 8 }, body, read: readProduced }
}

function readProduced(answer: Answer): Map<string, Map<number, number>> {
  const topics = new Map<string, Map<number, number>>()
  answer.list(() => {
    const errors = new Map<number, number>()
    topics.set(answer.text() ?? '', errors)
    answer.list(() => {
      errors.set(answer.int32(), answer.int16())
      for (let offsets = 0; offsets < 3; offsets++) answer.int64()
      answer.list(() => [answer.int32(), answer.text()]) // records in error
      answer.text() // message
    })
  })
  return topics
}
