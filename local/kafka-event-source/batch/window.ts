/**
 * A batch is sent when it is full or its window ends (page `invocation-eventsourcemapping`). The window starts
 * when the previous invocation completes; in provisioned mode, when the previous batch was formed. After a window
 * without records, the next window starts.
 */
export type FlushState = {
  readonly size: number
  readonly isFull: boolean
  readonly firstRecordAt: number | undefined
  /** Start of the first window. */
  readonly windowFrom: number
  readonly windowMs: number
}

/** AWS's default for Kafka. The setting has whole seconds and cannot restore it (page `kafka-esm-parameters`). */
export const defaultWindowMs = 500

/** Returns undefined for an empty batch. */
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
