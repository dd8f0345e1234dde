import { throwUnlessNone } from './errors.ts'
import type { Request, VersionRange } from './request.ts'

/** Every broker since 0.10 supports version 0 (KIP-35). */
export const apiVersions: Request<ReadonlyMap<number, VersionRange>> = {
  api: { key: 18, name: 'ApiVersions', min: 0, max: 0 },
  encode: () => undefined,
  decode: (reader) => {
    const error = reader.int16()
    const ranges = reader.array(() => {
      const key = reader.int16()
      return [key, { min: reader.int16(), max: reader.int16() }] as const
    })
    throwUnlessNone(error)
    return new Map(ranges)
  },
}
