/** Who set a record's timestamp (Kafka documentation, `message.timestamp.type`). */
export type TimestampType = 'CREATE_TIME' | 'LOG_APPEND_TIME'

/** A record of a partition's log. */
export type LogRecord = {
  readonly offset: number
  /** Milliseconds since 1970; -1 when the record has none. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order; a name may be repeated. */
  readonly headers: readonly (readonly [name: string, value: Buffer])[]
}
