/**
 * A packed record: offset and timestamp (float64, little-endian), a byte of flags, then key, value and headers
 * as in a record batch. Flag 1: LOG_APPEND_TIME. Flag 2: a 16-bit length and the JSON of schema metadata
 * precede the key.
 */

/** The body contains the partitions in this order. */
export type PackedLists = {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly bytes: number }[]
}

/** Bytes of offset, timestamp and flags. */
export const headBytes = 17
export const hasSchemaMetadata = 2
