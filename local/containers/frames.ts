import type { Readable, Writable } from 'node:stream'

/**
 * A message over a pipe consists of two frames: a JSON head and a body, so that an event of 6 MB is not parsed or
 * copied. A frame is a four-byte big-endian length and that many bytes.
 */
export type PipeMessage = { readonly head: unknown; readonly body: Buffer }

const empty = Buffer.alloc(0)

export function writeMessage(pipe: Writable, head: unknown, body: readonly Buffer[] = []): void {
  const headBytes = Buffer.from(JSON.stringify(head))
  const start = Buffer.alloc(4 + headBytes.length + 4)
  start.writeUInt32BE(headBytes.length, 0)
  headBytes.copy(start, 4)
  start.writeUInt32BE(
    body.reduce((sum, piece) => sum + piece.length, 0),
    4 + headBytes.length,
  )
  pipe.cork()
  pipe.write(start)
  for (const piece of body) if (piece.length > 0) pipe.write(piece)
  pipe.uncork()
}

export function readMessages(pipe: Readable, onMessage: (message: PipeMessage) => void): void {
  let chunks: Buffer[] = []
  let buffered = 0
  let wanted = 4
  let inLength = true
  let head: Buffer | undefined

  const take = (): Buffer => {
    const joined = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, buffered)
    const frame = joined.subarray(0, wanted)
    chunks = joined.length > wanted ? [joined.subarray(wanted)] : []
    buffered -= wanted
    return frame
  }

  pipe.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    buffered += chunk.length
    while (buffered >= wanted) {
      const frame = wanted === 0 ? empty : take()
      if (inLength) {
        wanted = frame.readUInt32BE(0)
        inLength = false
        continue
      }
      wanted = 4
      inLength = true
      if (head === undefined) {
        head = frame
        continue
      }
      const message = { head: JSON.parse(head.toString()) as unknown, body: frame }
      head = undefined
      onMessage(message)
    }
  })
}
