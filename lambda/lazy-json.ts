/**
 * Lambda's Node.js runtime parses the event with `JSON.parse` before it calls the handler. For an event of 10,000 records
 * this takes several times longer than counting them.
 */
import { lazyEvent, OtherShape } from './event-cursor.ts'
import { JsonCursor } from './json-cursor.ts'
import type { KafkaEvent } from './kafka-event.ts'

const start = '{"eventSource":'
const recordsField = '"records":{'
/** `records` is the last field, and ends with a list. */
const end = ']}}'
/** Below this length, parsing takes less than a tenth of a millisecond. */
const minLength = 10_000

/**
 * Replaces `JSON.parse` by one that makes the records of a large Kafka event only when they are used. A runtime that
 * parses in another way passes a plain event, which is read in the same way.
 */
export function parseKafkaEventsLazily(): void {
  const parse = JSON.parse
  JSON.parse = (text, reviver) =>
    (reviver === undefined && isLargeEvent(text) ? lazyKafkaEvent(text, parse) : undefined) ??
    parse(text, reviver)
}

function isLargeEvent(text: unknown): text is string {
  return typeof text === 'string' && text.length > minLength && text.startsWith(start) && text.endsWith(end)
}

/** Undefined when the text has no `records` at its top level. */
export function lazyKafkaEvent(text: string, parse = JSON.parse): KafkaEvent | undefined {
  const at = text.indexOf(recordsField)
  if (at < 0) return undefined
  const { records, ...head } = parse(`${text.slice(0, at)}"records":0}`)
  if (records !== 0) return undefined
  const cursor = (headerName: string) => {
    // Without other characters, the bytes are at the positions of the characters.
    if (Buffer.byteLength(text) !== text.length) throw new OtherShape()
    return new JsonCursor(Buffer.from(text, 'latin1'), at + recordsField.length, headerName)
  }
  return lazyEvent(head, () => (parse(text) as KafkaEvent).records, cursor)
}
