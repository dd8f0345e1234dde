import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { ClientRequest } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TailHolder } from '../../../../local/bucket/tail-holder.ts'
import { TrailingChecksum } from '../../../../local/bucket/trailing-checksum.ts'

/** Returns the bytes written before `end`, and those passed to `end`. */
async function sent(
  pieces: readonly Buffer[],
  contentLength?: number,
  beforeEnd = async () => {},
  checksum?: TrailingChecksum,
) {
  const written: Buffer[] = []
  let end: Buffer | undefined
  const outgoing = Object.assign(new PassThrough().resume(), {
    write: (bytes: Buffer) => written.push(bytes) > 0,
    end: (bytes: Buffer) => {
      end = bytes
    },
  }) as unknown as ClientRequest
  const holder = new TailHolder(outgoing, { contentLength, checksum, beforeEnd })
  const error = await new Promise<Error | undefined>((resolve) =>
    Readable.from(pieces).pipe(holder).once('finish', resolve).once('error', resolve),
  )
  return { before: Buffer.concat(written), end: end!, error }
}

const chunk = (content: Buffer, signed: boolean) =>
  Buffer.concat([
    Buffer.from(`${content.length.toString(16)}${signed ? `;chunk-signature=${'a'.repeat(64)}` : ''}\r\n`),
    content,
    Buffer.from('\r\n'),
  ])

const cuts = fc.array(fc.nat(), { maxLength: 8 })

function cutAt(cuts: readonly number[], body: Buffer): readonly Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % body.length).sort((a, b) => a - b), body.length]
  return places
    .slice(1)
    .map((place, i) => body.subarray(places[i], place))
    .filter(({ length }) => length > 0)
}

describe('TailHolder with an aws-chunked body', () => {
  it('forwards the body unchanged in any chunks, and its last content byte with the tail', async () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 })
    const tail = fc.constantFrom('0\r\n\r\n', '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')
    await fc.assert(
      fc.asyncProperty(contents, tail, fc.boolean(), cuts, async (contents, tail, signed, cuts) => {
        const chunks = contents.map((content) => chunk(Buffer.from(content), signed))
        const body = Buffer.concat([...chunks, Buffer.from(tail)])
        const contentLength = contents.reduce((sum, { length }) => sum + length, 0)
        const { before, end } = await sent(cutAt(cuts, body), contentLength)
        assert.deepEqual(Buffer.concat([before, end]), body)
        assert.equal(end.length, contentLength === 0 ? body.length : tail.length + 3)
      }),
    )
  })

  it('sends the last content byte only after the wait before the end', async () => {
    const body = 'x'.repeat(9)
    const pieces = [`9\r\n${body}\r\n`, '0\r\n', '\r\n'].map((piece) => Buffer.from(piece))
    const steps: string[] = []
    const { before } = await sent(pieces, 9, async () => void steps.push('waited'))
    assert.deepEqual([before.toString(), steps], ['9\r\nxxxxxxxx', ['waited']])
  })

  it('never sends the last chunk of a body that is shorter than announced', async () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 400 }), cuts, async (contents, missing, cuts) => {
        const chunks = contents.map((content) => chunk(Buffer.from(content), true))
        const body = Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
        const announced = Buffer.concat(contents).length + missing
        const { before, end, error } = await sent(cutAt(cuts, body), announced)
        assert.equal(end, undefined)
        assert.ok(before.length <= body.length - '\n\r\n'.length)
        assert.match(error?.message ?? '', /x-amz-decoded-content-length/)
      }),
    )
  })

  it('sends the last content byte only if the checksum after the body is right', async () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(contents, fc.boolean(), cuts, async (contents, isRight, cuts) => {
        const content = Buffer.concat(contents)
        const digest = createHash('sha256')
          .update(content)
          .update(isRight ? '' : 'x')
        const name = 'x-amz-checksum-sha256'
        const body = Buffer.concat([
          ...contents.map((content) => chunk(Buffer.from(content), false)),
          Buffer.from(`0\r\n${name}:${digest.digest('base64')}\r\n\r\n`),
        ])
        const checksum = TrailingChecksum.announcedIn({ 'x-amz-trailer': name })
        const { end, error } = await sent(cutAt(cuts, body), content.length, async () => {}, checksum)
        assert.equal(end !== undefined, isRight)
        assert.equal(error?.message.includes('did not match') ?? false, !isRight)
      }),
    )
  })

  it('never sends the last content byte of a body that is longer than announced', async () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), fc.boolean(), cuts, async (contents, excess, signed, cuts) => {
        const chunks = contents.map((content) => chunk(Buffer.from(content), signed))
        const body = Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
        const { length } = Buffer.concat(contents)
        const { end, error } = await sent(cutAt(cuts, body), length - 1 - (excess % length))
        assert.equal(end, undefined)
        assert.match(error?.message ?? '', /x-amz-decoded-content-length/)
      }),
    )
  })

  it('holds back at most the size of a tail, and rejects a longer one', async () => {
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(10_000, '0'))
    const { before, end, error } = await sent(pieces, 0)
    assert.deepEqual([before.length, end], [0, undefined])
    assert.match(error?.message ?? '', /x-amz-decoded-content-length/)
  })
})

describe('TailHolder with any other body', () => {
  it('forwards the body unchanged, and its last piece after the wait before the end', async () => {
    const pieces = ['one', 'two', 'three'].map((piece) => Buffer.from(piece))
    let waits = 0
    const { before, end } = await sent(pieces, undefined, async () => void waits++)
    assert.deepEqual([before.toString(), end.toString(), waits], ['onetwo', 'three', 1])
  })
})
