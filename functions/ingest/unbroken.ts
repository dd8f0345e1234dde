import { setTimeout as delay } from 'node:timers/promises'

/** Breaks in a row without a byte in between, before reading is given up. */
const maxBreaks = 5
const pauseMs = 100

export type Stretch = {
  /** What was opened already, from byte `from` on. */
  readonly body: AsyncIterable<Buffer>
  readonly from: number
  /** Bytes of the whole. */
  readonly size: number
  /** Opens it again, from this byte on. What it throws as final ends the reading, anything else is one more break. */
  readOn(byte: number): Promise<AsyncIterable<Buffer>>
  isFinal(error: unknown): boolean
}

/** The bytes to the end, though the connection may break in the middle, again and again, or end too early. */
export async function* unbroken({
  body,
  from,
  size,
  readOn,
  isFinal,
}: Stretch): AsyncGenerator<Buffer, void> {
  let position = from
  let opened: AsyncIterable<Buffer> | undefined = body
  for (let breaks = 0; ; ) {
    let cause: unknown
    try {
      opened ??= await readOn(position)
      for await (const chunk of opened) {
        position += chunk.length
        if (chunk.length > 0) breaks = 0
        yield chunk
      }
      cause = new Error(`it ended after byte ${position} of ${size}`)
    } catch (error) {
      if (isFinal(error)) throw error
      cause = error
    }
    if (position >= size) return
    if (++breaks > maxBreaks) throw cause
    opened = undefined
    await delay(pauseMs * 2 ** (breaks - 1))
  }
}
