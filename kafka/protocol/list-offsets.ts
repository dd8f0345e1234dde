import { throwUnlessNone } from './errors.ts'
import type { Isolation } from './fetch.ts'
import type { Request } from './request.ts'

export const latest = -1
export const earliest = -2

const noReplica = -1
const anyEpoch = -1

/**
 * Returns the first offsets at or after `timestamp` (ms since 1970, `earliest` or `latest`). Partitions without one
 * are absent. @throws ProtocolError if any partition fails
 */
export function listOffsetsRequest(
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolation: Isolation,
): Request<ReadonlyMap<number, number>> {
  return {
    api: { key: 2, name: 'ListOffsets', min: 2, max: 5 },
    encode: (writer, version) => {
      writer.int32(noReplica).int8(isolation === 'read_committed' ? 1 : 0)
      writer.array([topic], (name) =>
        writer.string(name).array(partitions, (partition) => {
          writer.int32(partition)
          if (version >= 4) writer.int32(anyEpoch)
          writer.int64(timestamp)
        }),
      )
    },
    decode: (reader, version) => {
      reader.throttleTime()
      const offsets = new Map<number, number>()
      reader.partitions((name) => {
        const partition = reader.int32()
        throwUnlessNone(reader.int16(), `${name}[${partition}]`)
        reader.int64() // the record's timestamp
        const offset = reader.int64()
        if (version >= 4) reader.int32() // leader epoch
        if (offset >= 0) offsets.set(partition, offset)
      })
      return offsets
    },
  }
}
