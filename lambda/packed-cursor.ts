import { RepeatedField } from '../kafka/records/field-reader.ts'
import type { EventCursor } from './event-cursor.ts'
import type { PackedLists } from './packed-format.ts'
import { PackedReader } from './packed-reader.ts'

export class PackedCursor implements EventCursor {
  readonly topic: string
  partition = 0
  offset = 0
  timestamp = 0
  key: string | undefined
  isNull = false
  header: ArrayLike<number> | undefined
  readonly #headerName: string
  readonly #lists: PackedLists['partitions']
  readonly #reader: PackedReader
  readonly #keys = new RepeatedField((key) => key.toString('base64'))
  readonly #names = new RepeatedField((name) => name.toString())
  readonly #numbers: number[] = []
  #list = 0
  #listEnd = 0

  constructor({ topic, partitions }: PackedLists, body: Buffer, headerName: string) {
    this.topic = topic
    this.#headerName = headerName
    this.#lists = partitions
    this.#reader = new PackedReader(body)
  }

  nextList(): boolean {
    const list = this.#lists[this.#list++]
    if (list === undefined) return false
    this.partition = list.partition
    this.#listEnd += list.bytes
    return true
  }

  next(): boolean {
    const reader = this.#reader
    if (!reader.next(this.#listEnd)) return false
    this.offset = reader.offset
    this.timestamp = reader.timestamp
    this.key = this.#keys.next(reader.fields)
    this.isNull = reader.fields.skip() < 0
    this.#readHeaders()
    return true
  }

  #readHeaders(): void {
    const { fields } = this.#reader
    this.header = undefined
    const count = fields.varint()
    for (let i = 0; i < count; i++) {
      const name = this.#names.next(fields)
      const length = Math.max(0, fields.skip())
      if (this.header === undefined && name === this.#headerName) this.#readBytes(fields.at - length, length)
    }
  }

  #readBytes(from: number, length: number): void {
    const { bytes } = this.#reader.fields
    for (let i = 0; i < length; i++) this.#numbers[i] = (bytes[from + i]! << 24) >> 24
    this.#numbers.length = length
    this.header = this.#numbers
  }
}
