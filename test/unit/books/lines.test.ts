import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter, type Lines } from '../../../books/lines.ts'

/** Python's rule, implemented differently from the splitter: one regular expression over the whole text as Latin-1. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function split(chunks: readonly Buffer[], splitter = new LineSplitter()): { line: string; start: number }[] {
  const found: { line: string; start: number }[] = []
  const take = ({ bytes, ranges, position }: Lines) => {
    for (let i = 0; i < ranges.length; i += 2) {
      const line = bytes.toString('latin1', ranges[i], ranges[i + 1])
      found.push({ line, start: position + ranges[i]! })
    }
  }
  for (const chunk of chunks) {
    splitter.add(chunk)
    for (let lines = splitter.next(); lines !== undefined; lines = splitter.next()) take(lines)
  }
  const last = splitter.end()
  if (last !== undefined) take(last)
  return found
}

const text = fc
  .array(
    fc.oneof(fc.constantFrom('\n', '\r', '\r\n', '\n\r', ''), fc.string({ maxLength: 5, unit: 'binary' })),
  )
  .map((parts) => Buffer.from(parts.join(''), 'utf8'))
const anyBytes = fc.uint8Array({ max: 255 }).map((bytes) => Buffer.from(bytes))
const bytes = fc.oneof(text, anyBytes)
const cuts = fc.array(fc.nat(40), { maxLength: 12 })

/** Chunks of the given sizes, which can be 0, and a last one with the rest. */
function chunked(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let from = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size))
    from += size
  }
  return [...chunks, bytes.subarray(from)]
}

test('splits any bytes in any chunks into the same lines as Python', () => {
  fc.assert(
    fc.property(bytes, cuts, (bytes, sizes) => {
      assert.deepEqual(
        split(chunked(bytes, sizes)).map(({ line }) => line),
        linesOf(bytes),
      )
    }),
    { numRuns: 5_000 },
  )
})

test('splits a chunk larger than one search into the same lines as Python', () => {
  const text = Buffer.concat(
    Array.from({ length: 40_000 }, (_, i) => Buffer.from(['a\r\n', 'bc\n', 'def\r', '\n'][i % 4]!)),
  )
  for (const size of [65_535, 65_536, 65_537, text.length]) {
    const sizes = Array.from({ length: Math.floor(text.length / size) }, () => size)
    assert.deepEqual(
      split(chunked(text, sizes)).map(({ line }) => line),
      linesOf(text),
    )
  }
})

test('splits single bytes into the same lines', () => {
  fc.assert(
    fc.property(bytes, (bytes) => {
      const single = split([...bytes].map((byte) => Buffer.from([byte])))
      assert.deepEqual(single, split([bytes]))
    }),
    { numRuns: 1_000 },
  )
})

test('splits the rest into the same lines when it starts at any line', () => {
  fc.assert(
    fc.property(bytes, cuts, fc.nat(), (bytes, sizes, pick) => {
      const all = split(chunked(bytes, sizes))
      fc.pre(all.length > 0)
      const from = pick % all.length
      const { start } = all[from]!
      assert.deepEqual(split(chunked(bytes.subarray(start), sizes), new LineSplitter(start)), all.slice(from))
    }),
    { numRuns: 2_000 },
  )
})

test('reports the length of the unfinished line', () => {
  const splitter = new LineSplitter()
  assert.deepEqual([...splitter.split(Buffer.from('one\ntw'))], [Buffer.from('one')])
  assert.equal(splitter.pending, 2)
  assert.deepEqual([...splitter.split(Buffer.from('o'))], [])
  assert.equal(splitter.pending, 3)
  assert.deepEqual([...splitter.finish()], [Buffer.from('two')])
  assert.equal(splitter.pending, 0)
})

test('returns views of the chunk, not copies', () => {
  const chunk = Buffer.from('one\ntwo\n')
  for (const line of new LineSplitter().split(chunk)) assert.equal(line.buffer, chunk.buffer)
})
