import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { type PipeMessage, readMessages, writeMessage } from '../../../../local/containers/frames.ts'

const aMessage = fc.record(
  {
    head: fc.record({ type: fc.string(), n: fc.integer() }, { noNullPrototype: true }),
    body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
)

test('reads messages as they were written, however the bytes are divided', () => {
  fc.assert(
    fc.property(
      fc.array(aMessage),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (messages, cuts) => {
        const written = new PassThrough()
        for (const { head, body } of messages)
          writeMessage(written, head, [body.subarray(0, 7), body.subarray(7)])
        const bytes = readAll(written)

        const pipe = new PassThrough()
        const read: PipeMessage[] = []
        readMessages(pipe, (message) => read.push(message))
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + cuts[i % cuts.length]!
          pipe.emit('data', bytes.subarray(at, end))
          at = end
        }
        assert.deepEqual(read, messages)
      },
    ),
  )
})

/** From Node.js 26, `read()` returns a single chunk. */
function readAll(stream: PassThrough): Buffer {
  const chunks: Buffer[] = []
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
