/**
 * The three requests of an idempotent producer. One version of each is used, the last without flexible fields: brokers
 * answer them from Kafka 2.4 on, 4.x included (Kafka protocol, keys 0, 3 and 22; KIP-896).
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
  const noTransactions = new RequestBody().text(null).int32(-1)
  return { api: { key: 22, version: 1 }, body: noTransactions, read: readProducerId }
}

function readProducerId(answer: Answer): ProducerId {
  answer.int32() // throttle time
  const error = answer.int16()
  if (error !== 0) throw new ProtocolError(error)
  return { id: answer.int64(), epoch: answer.int16() }
}

/** How long a broker waits for its in-sync replicas. */
export const produceTimeoutMs = 10_000
const allInSync = -1

/** One sealed batch for each of some partitions of a topic. Answers with each partition's error; 0: it is written. */
export function produce(topic: string, batches: ReadonlyMap<number, Buffer>): Request<Map<number, number>> {
  const body = new RequestBody().text(null).int16(allInSync).int32(produceTimeoutMs).int32(1).text(topic)
  body.list([...batches], ([partition, batch]) => body.int32(partition).bytes(batch))
  return { api: { key: 0, version: 8 }, body, read: readProduced }
}

function readProduced(answer: Answer): Map<number, number> {
  const errors = new Map<number, number>()
  answer.list(() => {
    answer.text() // topic
    answer.list(() => {
      errors.set(answer.int32(), answer.int16())
      for (let offsets = 0; offsets < 3; offsets++) answer.int64()
      answer.list(() => [answer.int32(), answer.text()]) // records in error
      answer.text() // message
    })
  })
  return errors
}
