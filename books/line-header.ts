/**
 * A line's header: `<edition>:<number>`, and `:end` on the last line. It is short, because Lambda delivers about four
 * characters per byte, within 6 MB.
 */
import { createHash } from 'node:crypto'

export const lineHeaderName = 'line'

export type LineHeader = { readonly edition: string; readonly number: number; readonly end: boolean }

const editionLength = 8
const colon = 0x3a
const zero = 0x30
const endMark = [colon, 0x65, 0x6e, 0x64] as const // ":end"

/** Returns 48 bits of the ETag's digest. Ignores quotes, because S3 events have none. */
export function editionOf(etag: string): string {
  return createHash('sha256').update(etag.replaceAll('"', '')).digest('base64url').slice(0, editionLength)
}

export function encodeLineHeader({ edition, number, end }: LineHeader): Buffer {
  return Buffer.from(`${edition}:${number}${end ? ':end' : ''}`, 'latin1')
}

/** Returns undefined when ingest cannot have written this header. */
export function parseLineHeader(bytes: ArrayLike<number>): LineHeader | undefined {
  const end = hasEndMark(bytes)
  const digitsEnd = end ? bytes.length - endMark.length : bytes.length
  if (bytes[editionLength] !== colon || !isEdition(bytes)) return undefined
  const number = parseNumber(bytes, editionLength + 1, digitsEnd)
  return number === undefined ? undefined : { edition: editionText(bytes), number, end }
}

function hasEndMark(bytes: ArrayLike<number>): boolean {
  const start = bytes.length - endMark.length
  return (
    bytes[start] === endMark[0] &&
    bytes[start + 1] === endMark[1] &&
    bytes[start + 2] === endMark[2] &&
    bytes[start + 3] === endMark[3]
  )
}

function isEdition(bytes: ArrayLike<number>): boolean {
  for (let i = 0; i < editionLength; i++) if (!isBase64Url(bytes[i]!)) return false
  return true
}

function isBase64Url(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f
  )
}

function editionText(b: ArrayLike<number>): string {
  return String.fromCharCode(b[0]!, b[1]!, b[2]!, b[3]!, b[4]!, b[5]!, b[6]!, b[7]!)
}

/** Accepts numbers from 1, without leading zeros. */
function parseNumber(bytes: ArrayLike<number>, from: number, to: number): number | undefined {
  if (from >= to || bytes[from] === zero) return undefined
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - zero
    if (!(digit >= 0 && digit <= 9)) return undefined
    number = number * 10 + digit
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined
}
