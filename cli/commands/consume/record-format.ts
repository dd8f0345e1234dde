/** Formats a record as bytes, as JSON, or by a format string as in kcat. */
import { isUtf8 } from 'node:buffer'
import { bookName } from '../../../books/book-name.ts'
import type { LogRecord } from '../../../kafka/records/record.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import { escapedText } from '../../options/option-values.ts'
import { printable } from '../../terminal/table.ts'
import type { ByteWriter } from './byte-writer.ts'
import { nameOf, type PartitionLog } from './partition-log.ts'

export type RecordFormat = (log: PartitionLog, record: LogRecord, out: ByteWriter) => void

/** `escaped` makes control characters and invalid UTF-8 visible. */
export type Rendering = 'bytes' | 'escaped'

const lineFeed = 0x0a
/** Text for null in Apache's console consumer. */
const nullText = 'null'

export function valueFormat(rendering: Rendering): RecordFormat {
  const put = fieldWriter(rendering)
  return (_, { value }, out) => {
    put(value, out)
    out.byte(lineFeed)
  }
}

/** Writes one JSON object per line. @throws EVENT_INVALID when `parseValues` is set and a value is not JSON */
export function jsonFormat(parseValues: boolean): RecordFormat {
  return (log, { offset, timestamp, key, value, headers }, out) => {
    const { topic, partition } = log
    const shown = {
      topic,
      partition,
      offset,
      timestamp,
      key: jsonOf(key),
      value: parseValues ? parsed(value, log, offset) : jsonOf(value),
      headers: headers.map(([name, content]) => [name, jsonOf(content)]),
    }
    out.text(`${JSON.stringify(shown)}\n`)
  }
}

/** Returns null or text; returns base64 for bytes that are not UTF-8. */
function jsonOf(bytes: Buffer | null): string | null | { readonly base64: string } {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

function parsed(value: Buffer | null, log: PartitionLog, offset: number): unknown {
  if (value === null) return null
  try {
    return JSON.parse(value.toString())
  } catch (cause) {
    throw new AppError(
      'EVENT_INVALID',
      `The value at ${nameOf(log)} offset ${offset} is not JSON: ${messageOf(cause)}. Use --json to print the value as text.`,
      { cause },
    )
  }
}

type FormatPart = RecordFormat

const letters: Readonly<Record<string, (put: ReturnType<typeof fieldWriter>) => FormatPart>> = {
  t:
    () =>
    ({ topic }, _, out) =>
      out.text(topic),
  p:
    () =>
    ({ partition }, _, out) =>
      out.text(String(partition)),
  o:
    () =>
    (_, { offset }, out) =>
      out.text(String(offset)),
  k:
    (put) =>
    (_, { key }, out) =>
      put(key, out),
  v:
    (put) =>
    (_, { value }, out) =>
      put(value, out),
  s:
    (put) =>
    (_, { value }, out) =>
      put(value, out),
  K:
    () =>
    (_, { key }, out) =>
      out.text(String(key?.length ?? -1)),
  S:
    () =>
    (_, { value }, out) =>
      out.text(String(value?.length ?? -1)),
  T:
    () =>
    (_, { timestamp }, out) =>
      out.text(String(timestamp)),
  h:
    (put) =>
    (_, { headers }, out) => {
      headers.forEach(([name, value], i) => {
        if (i > 0) out.byte(0x2c)
        put(Buffer.from(`${name}=`), out)
        put(value, out)
      })
    },
  '%': () => (_log, _record, out) => out.byte(0x25),
}

export const formatHelp =
  '%t topic, %p partition, %o offset, %k key, %v or %s value, %T timestamp in ms, %h headers, %K and %S length of key and value (-1: null), %% a percent sign; \\n \\r \\t \\0 \\xNN'

/** Adds a line end unless the format ends with `\n` or `\0`. @throws USAGE for an invalid format */
export function letterFormat(format: string, rendering: Rendering): RecordFormat {
  const put = fieldWriter(rendering)
  const whole = /\\[n0]$/.test(format) ? format : `${format}\\n`
  const parts = whole.split(/%(.?)/s).map((text, i): FormatPart => {
    if (i % 2 === 0) {
      const literal = escapedText(text)
      return (_log, _record, out) => out.bytes(literal)
    }
    const part = letters[text]
    if (part === undefined)
      throw new AppError(
        'USAGE',
        `Invalid value for --format: "%${text}" is unknown. Supported: ${formatHelp}.`,
      )
    return part(put)
  })
  return (log, record, out) => {
    for (const part of parts) part(log, record, out)
  }
}

function fieldWriter(rendering: Rendering): (bytes: Buffer | null, out: ByteWriter) => void {
  if (rendering === 'bytes') return (bytes, out) => (bytes === null ? out.text(nullText) : out.bytes(bytes))
  return (bytes, out) => out.text(bytes === null ? nullText : escaped(bytes))
}

/** Keeps tabs. */
function escaped(bytes: Buffer): string {
  return bookName(bytes).split('\t').map(printable).join('\t')
}
