/** The requests of transactions, to their coordinator (Kafka protocol, keys 10, 24 and 26; KIP-98), as in `requests.ts`. */
import type { Address } from './address.ts'
import type { Answer } from './answer.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProducerId } from './record-batch.ts'
import { RequestBody } from './request.ts'
import type { Request } from './requests.ts'

const ofTransactions = 1

/** Who coordinates the transactions of this id; any broker knows. @throws ProtocolError */
export function transactionCoordinator(transactionalId: string): Request<Address> {
  const body = new RequestBody().text(transactionalId).int8(ofTransactions)
  return { api: { key: 10, version: 2 }, body, read: readCoordinator }
}

function readCoordinator(answer: Answer): Address {
  answer.int32() // throttle time
  const error = answer.int16()
  answer.text() // message
  answer.int32() // node
  if (error !== 0) throw new ProtocolError(error)
  return { host: answer.text() ?? '', port: answer.int32() }
}

/** Makes partitions part of the transaction, which begins with the first. @throws ProtocolError */
export function addPartitions(
  transactionalId: string,
  producer: ProducerId,
  partitions: ReadonlyMap<string, readonly number[]>,
): Request<void> {
  const body = bodyOf(transactionalId, producer)
  body.list([...partitions], ([topic, numbers]) =>
    body.text(topic).list(numbers, (number) => body.int32(number)),
  )
  return { api: { key: 24, version: 1 }, body, read: readAdded }
}

function readAdded(answer: Answer): void {
  answer.int32() // throttle time
  const errors = answer.list(() => {
    answer.text() // topic
    return answer.list(() => {
      answer.int32() // partition
      return answer.int16()
    })
  })
  throwFirst(errors.flat())
}

/** Commits. @throws ProtocolError */
export function commitTransaction(transactionalId: string, producer: ProducerId): Request<void> {
  return { api: { key: 26, version: 1 }, body: bodyOf(transactionalId, producer).int8(1), read: readEnded }
}

function readEnded(answer: Answer): void {
  answer.int32() // throttle time
  throwFirst([answer.int16()])
}

function bodyOf(transactionalId: string, { id, epoch }: ProducerId): RequestBody {
  return new RequestBody().text(transactionalId).int64(id).int16(epoch)
}

function throwFirst(errors: readonly number[]): void {
  const error = errors.find((code) => code !== 0)
  if (error !== undefined) throw new ProtocolError(error)
}
