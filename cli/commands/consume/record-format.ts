import { isUtf8 } from 'node:buffer'
import { bookName } from '../../../books/book-name.ts'
import type { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'
import type { LogRecord } from '../../../kafka/records/record.ts'
import { AppError, messageOf, usageError } from '../../../lib/errors.ts'
import { printable } from '../../../lib/printable.ts'
import { escapedText } from '../../options/option-values.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { PartitionLog } from './partition-log.ts'

export type RecordFormat = (log: PartitionLog, record: LogRecord, out: ByteWriter) => void

/** `escaped` makes control characters and invalid UTF-8 visible. */
export type Rendering = 'bytes' | 'escaped'

const lineFeed = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
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
  return ({ queue }, { offset, timestamp, key, value, headers }, out) => {
    const { topic, partition } = queue
    const position = JSON.stringify({ topic, partition, offset, timestamp, key: jsonOf(key) })
    const shown = parseValues ? jsonText(value, queue, offset) : JSON.stringify(jsonOf(value))
    const pairs = JSON.stringify(headers.map(([name, content]) => [name, jsonOf(content)]))
    out.text(`${position.slice(0, -1)},"value":${shown},"headers":${pairs}}\n`)
  }
}

function jsonOf(bytes: Buffer | null): string | null | { readonly base64: string } {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

/** Keeps the text of the value, because JavaScript's numbers are less precise than those of JSON. */
function jsonText(value: Buffer | null, { name }: PartitionQueue, offset: number): string {
  if (value === null) return 'null'
  try {
    const text = utf8.decode(value)
    JSON.parse(text)
    return text.replace(/[\r\n]/g, ' ').trim() // outside of strings: JSON escapes line ends in them
  } catch (cause) {
    throw new AppError(
      'EVENT_INVALID',
      `The value at ${name} offset ${offset} is not JSON: ${messageOf(cause)}. Use --json to print the value as text.`,
      { cause },
    )
  }
}

const textLetters: Readonly<Record<string, (queue: PartitionQueue, record: LogRecord) => string | number>> = {
  t: ({ topic }) => topic,
  p: ({ partition }) => partition,
  o: (_, { offset }) => offset,
  T: (_, { timestamp }) => timestamp,
  K: (_, { key }) => key?.length ?? -1,
  S: (_, { value }) => value?.length ?? -1,
  '%': () => '%',
}

const fieldLetters: Readonly<Record<string, 'key' | 'value'>> = { k: 'key', v: 'value', s: 'value' }

/** @throws USAGE for an unknown letter */
function letterPart(letter: string, put: FieldWriter): RecordFormat {
  const text = textLetters[letter]
  if (text !== undefined) return ({ queue }, record, out) => out.text(String(text(queue, record)))
  const field = fieldLetters[letter]
  if (field !== undefined) return (_, record, out) => put(record[field], out)
  if (letter === 'h') return (_, { headers }, out) => putHeaders(headers, put, out)
  throw usageError(`Invalid value for --format: "%${letter}" is unknown. Supported: ${formatHelp}.`)
}

function putHeaders(headers: LogRecord['headers'], put: FieldWriter, out: ByteWriter): void {
  headers.forEach(([name, value], i) => {
    if (i > 0) out.byte(0x2c)
    put(Buffer.from(`${name}=`), out)
    put(value, out)
  })
}

export const formatHelp =
  '%t topic, %p partition, %o offset, %k key, %v or %s value, %T timestamp in ms, %h headers, %K and %S length of key and value (-1: null), %% a percent sign; \\n \\r \\t \\0 \\xNN'

/** Adds a line end unless the format ends with `\n` or `\0`. @throws USAGE for an invalid format */
export function letterFormat(format: string, rendering: Rendering): RecordFormat {
  const put = fieldWriter(rendering)
  const whole = /\\[n0]$/.test(format) ? format : `${format}\\n`
  const parts = whole.split(/%(.?)/s).map((text, i): RecordFormat => {
    if (i % 2 === 1) return letterPart(text, put)
    const literal = escapedText(text)
    return (_log, _record, out) => out.bytes(literal)
  })
  return (log, record, out) => {
    for (const part of parts) part(log, record, out)
  }
}

type FieldWriter = (bytes: Buffer | null, out: ByteWriter) => void

function fieldWriter(rendering: Rendering): FieldWriter {
  if (rendering === 'bytes') return (bytes, out) => (bytes === null ? out.text(nullText) : out.bytes(bytes))
  return (bytes, out) => out.text(bytes === null ? nullText : escaped(bytes))
}

/** Keeps tabs. */
function escaped(bytes: Buffer): string {
  return bookName(bytes).split('\t').map(printable).join('\t')
}
