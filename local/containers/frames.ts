import type { Readable, Writable } from 'node:stream'

/**
 * A message over a pipe consists of the lengths of its head and body (four bytes each, big-endian), a JSON head and the
 * body, so that an event of 6 MB is not parsed or copied.
 */
export type PipeMessage = { readonly head: unknown; readonly body: Buffer }

const lengthsBytes = 8

export function writeMessage(pipe: Writable, head: unknown, body: readonly Buffer[] = []): void {
  const headBytes = Buffer.from(JSON.stringify(head))
  const bodyBytes = body.reduce((sum, piece) => sum + piece.length, 0)
  const lengths = Buffer.alloc(lengthsBytes)
  lengths.writeUInt32BE(headBytes.length, 0)
  lengths.writeUInt32BE(bodyBytes, 4)
  pipe.cork()
  pipe.write(Buffer.concat([lengths, headBytes]))
  for (const piece of body) if (piece.length > 0) pipe.write(piece)
  pipe.uncork()
}

export function readMessages(pipe: Readable, onMessage: (message: PipeMessage) => void): void {
  let chunks: Buffer[] = []
  let buffered = 0
  let wanted = lengthsBytes
  let headBytes: number | undefined

  const take = (): Buffer => {
    const joined = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, buffered)
    const taken = joined.subarray(0, wanted)
    chunks = joined.length > wanted ? [joined.subarray(wanted)] : []
    buffered -= wanted
    return taken
  }

  pipe.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    buffered += chunk.length
    while (buffered >= wanted) {
      const bytes = take()
      if (headBytes === undefined) {
        headBytes = bytes.readUInt32BE(0)
        wanted = headBytes + bytes.readUInt32BE(4)
        continue
      }
      const head: unknown = JSON.parse(bytes.toString('utf8', 0, headBytes))
      const body = bytes.subarray(headBytes)
      headBytes = undefined
      wanted = lengthsBytes
      onMessage({ head, body })
    }
  })
}
