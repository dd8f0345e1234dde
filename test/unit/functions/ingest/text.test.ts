import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { textOf } from '../../../../functions/ingest/text.ts'
import { streamOf } from './fake-collaborators.ts'

async function read(gzip: boolean, ...chunks: readonly (Buffer | Error)[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of textOf('book', { etag: 'a', gzip, chunks: streamOf(chunks) })) parts.push(chunk)
  return Buffer.concat(parts)
}

const halves = (bytes: Buffer, at: number) => [bytes.subarray(0, at), bytes.subarray(at)]

describe('the text of a stored book', () => {
  it('is what was compressed, whatever the chunks and the number of gzip members', async () => {
    const members = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text.replaceAll('\0', ''))),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    await fc.assert(
      fc.asyncProperty(members, fc.nat(200), async (members, cut) => {
        const compressed = Buffer.concat(members.map((member) => gzipSync(member)))
        assert.deepEqual(await read(true, ...halves(compressed, cut)), Buffer.concat(members))
      }),
      { numRuns: 50 },
    )
  })

  it('is refused with a NUL byte in its first 8 KiB, in whichever chunk, and not later', async () => {
    const letters = Buffer.alloc(9_000, 'x')
    for (const [position, refused] of [
      [0, true],
      [5_000, true],
      [8_191, true],
      [8_192, false],
    ] as const) {
      const bytes = Buffer.from(letters)
      bytes[position] = 0
      for (const cut of [1, 4_999, 8_192]) {
        const reading = read(false, ...halves(bytes, cut))
        if (refused) {
          await assert.rejects(reading, {
            code: 'OBJECT_NOT_TEXT',
            message: new RegExp(`"book" is not text: byte ${position} is NUL`),
          })
        } else assert.deepEqual(await reading, bytes)
      }
    }
  })

  it('is unreadable when it is no gzip, cut off or damaged', async () => {
    const compressed = gzipSync('one\ntwo\n')
    const damaged = Buffer.from(compressed)
    damaged[damaged.length - 6]! ^= 1
    for (const bytes of [Buffer.from('plain text'), compressed.subarray(0, 15), damaged]) {
      await assert.rejects(read(true, bytes), { code: 'OBJECT_UNREADABLE', retryable: false })
    }
  })

  it('is unreadable when it unpacks to far more than text would, and stops there', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x'))
    let unpacked = 0
    const reading = (async () => {
      for await (const chunk of textOf('book', { etag: 'a', gzip: true, chunks: streamOf([bomb]) }))
        unpacked += chunk.length
    })()
    await assert.rejects(reading, { code: 'OBJECT_UNREADABLE', message: /over 200 times its size/ })
    assert.ok(unpacked <= 17 * 1024 * 1024, String(unpacked))
  })

  it('passes on what goes wrong while reading, which says nothing about the gzip', async () => {
    const away = new Error('away')
    const [start] = halves(gzipSync('one\ntwo\n'), 12)
    await assert.rejects(read(true, start!, away), (error) => error === away)
    await assert.rejects(read(false, Buffer.from('x'), away), (error) => error === away)
  })
})
