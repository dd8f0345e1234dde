/** Kafka documentation, `message.timestamp.type`. */
export type TimestampType = 'CREATE_TIME' | 'LOG_APPEND_TIME'

/** A batch's records are relative to it. With LOG_APPEND_TIME, all have its timestamp. */
export type RecordBase = Pick<LogRecord, 'offset' | 'timestamp' | 'timestampType'>

export type LogRecord = {
  readonly offset: number
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order; names may repeat. */
  readonly headers: readonly (readonly [name: string, value: Buffer])[]
}
