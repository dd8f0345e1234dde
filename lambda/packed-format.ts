/**
 * A packed record is its offset and timestamp (float64, little-endian), a byte of flags, then key, value and headers as in
 * a record batch (`FieldReader`). Flag 1: the timestamp is LOG_APPEND_TIME. Flag 2: the key is preceded by a 16-bit
 * length and the JSON of the record's schema metadata.
 */

/** The records of each partition follow each other in the body. */
export type PackedLists = {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly bytes: number }[]
}

/** Bytes of offset, timestamp and flags. */
export const headBytes = 17
export const hasSchemaMetadata = 2
