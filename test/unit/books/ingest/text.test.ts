import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { textOf } from '../../../../books/ingest/text.ts'
import { streamOf } from './fake-collaborators.ts'

async function read(gzip: boolean, ...chunks: readonly (Buffer | Error)[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of textOf('book', { etag: 'a', gzip, chunks: streamOf(chunks) })) parts.push(chunk)
  return Buffer.concat(parts)
}

const halves = (bytes: Buffer, at: number) => [bytes.subarray(0, at), bytes.subarray(at)]

describe('textOf', () => {
  it('decompresses any number of gzip members in any chunks', async () => {
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

  it('ignores zeros between gzip members and after the last one, as Python does', async () => {
    const member = fc.record({ text: fc.string({ unit: 'grapheme' }), zeros: fc.nat(600) })
    const cuts = fc.array(fc.nat(), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 4 }), cuts, async (members, cuts) => {
        const texts = members.map(({ text }) => Buffer.from(text.replaceAll('\0', '')))
        const packed = Buffer.concat(
          members.flatMap(({ zeros }, i) => [gzipSync(texts[i]!), Buffer.alloc(zeros)]),
        )
        const places = [0, ...cuts.map((cut) => cut % packed.length).sort((a, b) => a - b), packed.length]
        const chunks = places.slice(1).map((place, i) => packed.subarray(places[i], place))
        assert.deepEqual(await read(true, ...chunks), Buffer.concat(texts))
      }),
    )
  })

  it('rejects other data after a gzip member, also after zeros', async () => {
    for (const zeros of [0, 1, 500]) {
      const bytes = Buffer.concat([gzipSync('one\n'), Buffer.alloc(zeros), Buffer.from('rest')])
      for (const cut of [0, 24, 24 + zeros])
        await assert.rejects(read(true, ...halves(bytes, cut)), { code: 'OBJECT_UNREADABLE' })
    }
  })

  it('rejects gzip data that neither the name nor the encoding declares', async () => {
    const bytes = gzipSync('one\n')
    for (const cut of [0, 1, 2, 12])
      await assert.rejects(read(false, ...halves(bytes, cut)), {
        code: 'OBJECT_NOT_TEXT',
        message: /"book" is compressed with gzip, but its name does not end in "\.gz"/,
      })
  })

  it('rejects an encoding that it cannot decode, but not an empty object', async () => {
    const reading = async (...chunks: Buffer[]) => {
      const book = { etag: 'a', gzip: false, unsupportedEncoding: 'br', chunks: streamOf(chunks) }
      for await (const _ of textOf('book', book)) assert.fail()
    }
    await reading()
    await assert.rejects(reading(brotliCompressSync('one')), {
      code: 'OBJECT_UNREADABLE',
      message: /^"book" has Content-Encoding br, which ingest cannot decode/,
    })
  })

  it('rejects a NUL byte after decompression, as in archives', async () => {
    await assert.rejects(read(true, gzipSync('name\0\0')), {
      code: 'OBJECT_NOT_TEXT',
      message: /byte 4 is NUL after decompression.*An archive/,
    })
  })

  it('stops reading the stored bytes when the consumer stops', async () => {
    let ended = false
    const chunks = (async function* () {
      try {
        for (;;) yield gzipSync('line\n'.repeat(100))
      } finally {
        ended = true
      }
    })()
    for await (const _ of textOf('book', { etag: 'a', gzip: true, chunks })) break
    assert.ok(ended)
  })

  it('rejects a NUL byte in the first 8 KiB, in any chunk, and accepts one after them', async () => {
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

  it('rejects data that is not gzip, is truncated or damaged', async () => {
    const compressed = gzipSync('one\ntwo\n')
    const damaged = Buffer.from(compressed)
    damaged[damaged.length - 6]! ^= 1
    for (const bytes of [Buffer.from('plain text'), compressed.subarray(0, 15), damaged]) {
      await assert.rejects(read(true, bytes), {
        code: 'OBJECT_UNREADABLE',
        retryable: false,
        message: /without "\.gz" and without Content-Encoding gzip\.$/,
      })
    }
  })

  it('rejects data that decompresses to far more than text would, and stops there', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x'))
    let unpacked = 0
    const reading = (async () => {
      for await (const chunk of textOf('book', { etag: 'a', gzip: true, chunks: streamOf([bomb]) }))
        unpacked += chunk.length
    })()
    await assert.rejects(reading, { code: 'OBJECT_UNREADABLE', message: /over 200 times its size/ })
    assert.ok(unpacked <= 17 * 1024 * 1024, String(unpacked))
  })

  it('rethrows read errors unchanged', async () => {
    const unreachable = new Error('unreachable')
    const [start] = halves(gzipSync('one\ntwo\n'), 12)
    await assert.rejects(read(true, start!, unreachable), (error) => error === unreachable)
    await assert.rejects(read(false, Buffer.from('x'), unreachable), (error) => error === unreachable)
  })
})
