/**
 * When a batch goes to the function: when it is full, or when its batching window ends (page
 * `invocation-eventsourcemapping`). The window does not begin with the first record. On demand it begins when the
 * previous invocation completes, with provisioned pollers when the previous batch was formed; a window that ends with
 * nothing gathered is followed by the next.
 */
export type FlushState = {
  readonly size: number
  readonly isFull: boolean
  /** When the first record was taken; undefined while there is none. */
  readonly firstRecordAt: number | undefined
  /** When the first window began: the mapping's start, or what came before this batch. */
  readonly windowFrom: number
  readonly windowMs: number
}

/** AWS's default for Kafka, which no whole number of seconds can say again (page `kafka-esm-parameters`). */
export const defaultWindowMs = 500

/** The time at which the batch goes; undefined while there is nothing to send. All in milliseconds of one clock. */
export function flushAt({
  size,
  isFull,
  firstRecordAt,
  windowFrom,
  windowMs,
}: FlushState): number | undefined {
  if (size === 0 || firstRecordAt === undefined) return undefined
  if (isFull || windowMs === 0) return firstRecordAt
  const windows = Math.floor(Math.max(0, firstRecordAt - windowFrom) / windowMs) + 1
  return windowFrom + windows * windowMs
}
