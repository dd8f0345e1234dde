import type { ProtocolReader } from './reader.ts'
import type { ProtocolWriter } from './writer.ts'

/** This client supports versions `min` to `max`. */
export type Api = {
  readonly key: number
  readonly name: string
  readonly min: number
  readonly max: number
  /** The first version with compact lengths and tagged fields (KIP-482). */
  readonly flexibleFrom?: number
}

export type Request<T> = {
  readonly api: Api
  readonly encode: (writer: ProtocolWriter, version: number) => void
  /** @throws ProtocolError if the response contains an error */
  readonly decode: (reader: ProtocolReader, version: number) => T
  /** How long the broker may delay the response. */
  readonly holdMs?: number
}

export type VersionRange = { readonly min: number; readonly max: number }

export function newestCommonVersion(api: Api, broker: VersionRange | undefined): number | undefined {
  if (broker === undefined) return undefined
  const version = Math.min(api.max, broker.max)
  return version >= Math.max(api.min, broker.min) ? version : undefined
}

export function isFlexible(api: Api, version: number): boolean {
  return api.flexibleFrom !== undefined && version >= api.flexibleFrom
}
