import type { Address } from './address.ts'
import { throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

const keyTypes = { group: 0, transaction: 1 } as const
export type CoordinatorKind = keyof typeof keyTypes

/** Any broker can process this request. */
export function findCoordinatorRequest(kind: CoordinatorKind, key: string): Request<Address> {
  return {
    api: { key: 10, name: 'FindCoordinator', min: 1, max: 2 },
    encode: (writer) => writer.string(key).int8(keyTypes[kind]),
    decode: (reader) => {
      reader.throttleTime()
      const about = kind === 'group' ? `group ${key}` : `transactional id ${key}`
      throwUnlessNone(reader.int16(), about, reader.string())
      reader.int32() // node id
      return { host: reader.text(), port: reader.int32() }
    },
  }
}
