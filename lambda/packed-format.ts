/**
 * The body of a packed event consists of runs. A run is a head, its metadata, and records as in a record batch (Kafka
 * documentation, "Record"), whose offsets and timestamps are relative to the head's.
 */

/** The runs of each partition are contiguous in the body. */
export type PackedLists = {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly bytes: number }[]
}

/** Positions in the head of a run; numbers are little-endian. */
export const runHead = {
  /** float64 */
  offset: 0,
  /** float64 */
  timestamp: 8,
  /** uint32 */
  recordsBytes: 16,
  /** uint16; the metadata is the JSON of each record's schema metadata */
  metadataBytes: 20,
  /** 1: all records have the head's timestamp, and LOG_APPEND_TIME */
  isLogAppendTime: 22,
} as const
export const runHeadBytes = 23
