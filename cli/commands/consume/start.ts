import type { PartitionOffsets } from '../../../kafka/admin.ts'
import { usageError } from '../../../lib/errors.ts'
import { parsedTime } from '../../options/option-values.ts'

export type StartPosition =
  | { readonly kind: 'beginning' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** Starts `count` records before the end, but not before the beginning. */
  | { readonly kind: 'before end'; readonly count: number }
  /** Starts at the first record at or after this time. */
  | { readonly kind: 'time'; readonly ms: number }

const positions =
  'an offset, -N for N before the end, "beginning", "end", or a time such as 2026-11-25T10:00Z or @MILLISECONDS'

export const offsetHelp = `start at ${positions}`

/** Parses the value of `--offset`. @throws USAGE */
export function parseStart(text: string): StartPosition {
  if (text === 'beginning' || text === 'end') return { kind: text }
  if (text === 'start' || text === 'earliest') return { kind: 'beginning' }
  if (text === 'latest') return { kind: 'end' }
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) }
  if (/^-\d{1,15}$/.test(text)) return { kind: 'before end', count: -Number(text) }
  const ms = parsedTime(text)
  if (ms === undefined) throw usageError(`Invalid value for --offset: "${text}". It must be ${positions}.`)
  return { kind: 'time', ms }
}

/** @param atTime offset of the first record at or after the position's time; undefined without one */
export function offsetOf(
  position: StartPosition,
  { start, end }: Pick<PartitionOffsets, 'start' | 'end'>,
  atTime: number | undefined,
): number {
  switch (position.kind) {
    case 'beginning':
      return start
    case 'end':
      return end
    case 'time':
      return atTime ?? end
    case 'offset':
      return position.offset
    case 'before end':
      return Math.max(start, end - position.count)
    default:
      return position satisfies never
  }
}
