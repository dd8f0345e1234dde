import { AppError } from '../lib/errors.ts'
import type { KafkaEvent, KafkaEventRecord } from './kafka-event.ts'

/** A cursor over the record lists of an event, one per partition. */
export type EventCursor = {
  /** Moves to the next list. Requires that `next` returned false for the current list. */
  nextList(): boolean
  next(): boolean
  /** The following fields are as in `KafkaEventRecord`. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | undefined
  readonly isNull: boolean
  /** Value of the first header with the cursor's header name. Valid until `next` is called. */
  readonly header: ArrayLike<number> | undefined
}

/** The event has a shape that a fast cursor cannot read. */
export class OtherShape extends Error {
  override readonly name = 'OtherShape'
}

type MakeCursor = (headerName: string) => EventCursor

/** The symbol is global, because a container and its function can have different copies of this module. */
const fastCursor = Symbol.for('kafka-event-source.event-cursor.1')

/** Creates the event's `records` at first use. Until then, its cursor reads the encoded form. */
export function lazyEvent(
  head: Omit<KafkaEvent, 'records'>,
  records: () => KafkaEvent['records'],
  cursor: MakeCursor,
): KafkaEvent {
  const event = { ...head }
  Object.defineProperty(event, fastCursor, { value: cursor, configurable: true })
  const property = { enumerable: true, configurable: true }
  let created: KafkaEvent['records'] | undefined
  const set = (value: unknown) => {
    // A frozen event keeps its getter.
    Reflect.defineProperty(event, 'records', { ...property, value, writable: true })
    Reflect.deleteProperty(event, fastCursor)
  }
  const get = () => {
    created ??= records()
    set(created)
    return created
  }
  Object.defineProperty(event, 'records', { ...property, get, set })
  return event as KafkaEvent
}

/**
 * Calls `read` with a fast cursor, and again with a slower one for an unusual shape.
 * @throws EVENT_INVALID if the event has no record lists
 */
export function readEvent<T>(event: KafkaEvent, headerName: string, read: (cursor: EventCursor) => T): T {
  const make = (event as { readonly [fastCursor]?: MakeCursor } | null)?.[fastCursor]
  if (make !== undefined) {
    try {
      return read(make(headerName))
    } catch (error) {
      if (!(error instanceof OtherShape)) throw error
    }
  }
  return read(new ObjectCursor(recordLists(event), headerName))
}

function recordLists(event: unknown): KafkaEvent['records'] {
  const records = (event as Partial<KafkaEvent> | null)?.records
  if (typeof records === 'object' && records !== null && Object.values(records).every(Array.isArray))
    return records
  throw new AppError(
    'EVENT_INVALID',
    'The event is not from a Kafka event source mapping: it has no "records" by partition. events/count.json shows a valid event.',
  )
}

/** Handwritten events may lack fields. */
class ObjectCursor implements EventCursor {
  readonly #lists: Iterator<readonly KafkaEventRecord[]>
  readonly #headerName: string
  #list: readonly KafkaEventRecord[] = []
  #next = 0
  #record!: KafkaEventRecord

  constructor(records: KafkaEvent['records'], headerName: string) {
    this.#lists = Object.values(records).values()
    this.#headerName = headerName
  }

  nextList(): boolean {
    const { done, value } = this.#lists.next()
    if (done === true) return false
    this.#list = value
    this.#next = 0
    return true
  }

  next(): boolean {
    if (this.#next === this.#list.length) return false
    this.#record = this.#list[this.#next++]!
    return true
  }

  get topic(): string {
    return this.#record.topic
  }

  get partition(): number {
    return this.#record.partition
  }

  get offset(): number {
    return this.#record.offset
  }

  get timestamp(): number {
    return this.#record.timestamp
  }

  get key(): string | undefined {
    return this.#record.key ?? undefined
  }

  get isNull(): boolean {
    return this.#record.value === null || this.#record.value === undefined
  }

  get header(): ArrayLike<number> | undefined {
    for (const header of this.#record.headers ?? []) {
      const bytes = header[this.#headerName]
      if (bytes !== undefined) return bytes
    }
    return undefined
  }
}
