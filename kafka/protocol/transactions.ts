/** Requests to the transaction coordinator (KIP-98). */
import { errorCodes, ProtocolError, throwUnlessNone } from './errors.ts'
import type { ProducerId } from './produce.ts'
import type { Request } from './request.ts'
import type { ProtocolWriter } from './writer.ts'

/** The first partition begins the transaction. */
export function addPartitionsRequest(
  transactionalId: string,
  producer: ProducerId,
  partitions: ReadonlyMap<string, readonly number[]>,
): Request<void> {
  return {
    api: { key: 24, name: 'AddPartitionsToTxn', min: 0, max: 1 },
    encode: (writer) => {
      writeProducer(writer, transactionalId, producer)
      writer.array([...partitions], ([topic, numbers]) =>
        writer.string(topic).array(numbers, (number) => writer.int32(number)),
      )
    },
    decode: (reader) => {
      reader.throttleTime()
      throwFirst(
        reader.partitions((topic) => ({ about: `${topic}[${reader.int32()}]`, code: reader.int16() })),
      )
    },
  }
}

/** Brokers respond OPERATION_NOT_ATTEMPTED for partitions that have no error. */
function throwFirst(results: readonly { readonly about: string; readonly code: number }[]): void {
  const failures = results.filter(({ code }) => code !== 0)
  const first = failures.find(({ code }) => code !== errorCodes.OPERATION_NOT_ATTEMPTED) ?? failures[0]
  if (first !== undefined) throw new ProtocolError(first.code, first.about)
}

export function commitRequest(transactionalId: string, producer: ProducerId): Request<void> {
  return {
    api: { key: 26, name: 'EndTxn', min: 0, max: 1 },
    encode: (writer) => writeProducer(writer, transactionalId, producer).boolean(true),
    decode: (reader) => {
      reader.throttleTime()
      throwUnlessNone(reader.int16(), `transactional id ${transactionalId}`)
    },
  }
}

function writeProducer(writer: ProtocolWriter, transactionalId: string, { id, epoch }: ProducerId) {
  return writer.string(transactionalId).int64(id).int16(epoch)
}
