import { setTimeout as delay } from 'node:timers/promises'

/** Limits consecutive failures without progress. */
const maxBreaks = 5
const pauseMs = 100

export type ResumableBody = {
  /** The content from byte `from`. */
  readonly body: AsyncIterable<Buffer>
  readonly from: number
  /** Bytes of the whole object; undefined if the server does not announce them. */
  readonly size: number | undefined
  openAt(byte: number): Promise<AsyncIterable<Buffer>>
  isFinal(error: unknown): boolean
}

/** Resumes a broken or incomplete stream. @throws a final error, or the last one after `maxBreaks` failures */
export async function* resumingRead({
  body,
  from,
  size,
  openAt,
  isFinal,
}: ResumableBody): AsyncGenerator<Buffer, void> {
  let position = from
  let opened: AsyncIterable<Buffer> | undefined = body
  for (let breaks = 0; ; ) {
    let cause: unknown
    try {
      opened ??= await openAt(position)
      for await (const chunk of opened) {
        position += chunk.length
        if (chunk.length > 0) breaks = 0
        yield chunk
      }
      if (size === undefined) return
      cause = new Error(`the response ended after byte ${position} of ${size}`)
    } catch (error) {
      if (isFinal(error)) throw error
      cause = error
    }
    if (size !== undefined && position >= size) return
    if (++breaks > maxBreaks) throw cause
    opened = undefined
    await delay(pauseMs * 2 ** (breaks - 1))
  }
}
