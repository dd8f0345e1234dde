import { lazyEvent, OtherShape } from './event-cursor.ts'
import { JsonCursor } from './json-cursor.ts'
import type { KafkaEvent } from './kafka-event.ts'

const start = '{"eventSource":'
const recordsField = '"records":{'
/** `records` is the last field, and ends with a list. */
const end = ']}}'
/** Shorter texts are parsed in less than 0.1 ms. */
const minLength = 10_000

/** Replaces `JSON.parse`, which Lambda's runtime calls. Large Kafka events then create their records at first use. */
export function parseKafkaEventsLazily(): void {
  const parse = JSON.parse
  JSON.parse = (text, reviver) =>
    (reviver === undefined && isLargeEvent(text) ? lazyKafkaEvent(text, parse) : undefined) ??
    parse(text, reviver)
}

function isLargeEvent(text: unknown): text is string {
  return typeof text === 'string' && text.length > minLength && text.startsWith(start) && text.endsWith(end)
}

/** Returns undefined when the text has no top-level `records`. */
export function lazyKafkaEvent(text: string, parse = JSON.parse): KafkaEvent | undefined {
  const at = text.indexOf(recordsField)
  if (at < 0) return undefined
  const { records, ...head } = parse(`${text.slice(0, at)}"records":0}`)
  if (records !== 0) return undefined
  const cursor = (headerName: string) => {
    // In ASCII, byte and character positions are equal.
    if (Buffer.byteLength(text) !== text.length) throw new OtherShape()
    return new JsonCursor(Buffer.from(text, 'latin1'), at + recordsField.length, headerName)
  }
  return lazyEvent(head, () => (parse(text) as KafkaEvent).records, cursor)
}
