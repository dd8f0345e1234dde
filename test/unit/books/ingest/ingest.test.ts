import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ingest, maxRounds } from '../../../../books/ingest/ingest.ts'
import { ObjectChanged, TornEdition } from '../../../../books/ingest/stored-book.ts'
import { editionOf } from '../../../../books/line-header.ts'
import { AppError } from '../../../../lib/errors.ts'
import { bucketShowing, FakeWriter, text } from './fake-collaborators.ts'

const timeIsUp = () => false
const [a, b] = [editionOf('a'), editionOf('b')]

describe('ingest of one book', () => {
  it('writes every line with its number and the end, and resolves when they are acknowledged', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(text('a', 'one\ntw', 'o\n\nfour'))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }), { lines: 4, rounds: 1 })
    assert.deepEqual(writer.taken, [
      ['one', `${a}:1`],
      ['two', `${a}:2`],
      ['', `${a}:3`],
      ['four', `${a}:4:end`],
    ])
    assert.equal(writer.acknowledgements, 1)
  })

  it('waits whenever the writer has no room, and leaves nothing out', async () => {
    const writer = new FakeWriter(1)
    await ingest('book', { bucket: bucketShowing(text('a', '1\n2\n3\n4')), writer, timeIsUp })
    assert.deepEqual(
      writer.taken.map(([value]) => value),
      ['1', '2', '3', '4'],
    )
    assert.equal(writer.waits, 3)
  })

  for (const [what, object] of [
    ['is gone', undefined],
    ['is empty', text('a', '')],
  ] as const) {
    it(`writes a removal when the book ${what}`, async () => {
      const writer = new FakeWriter()
      assert.deepEqual(await ingest('book', { bucket: bucketShowing(object), writer, timeIsUp }), {
        lines: 0,
        rounds: 1,
      })
      assert.deepEqual(writer.taken, [[null, undefined]])
    })
  }

  it('writes again, and again, until the object is the one that was written', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(text('a', '1\n2'), undefined, undefined, text('b', '3'), text('b', '3'))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }), { lines: 1, rounds: 3 })
    assert.deepEqual(writer.taken, [
      ['1', `${a}:1`],
      ['2', `${a}:2:end`],
      [null, undefined],
      ['3', `${b}:1:end`],
    ])
  })

  it('writes all of it again when it changed in the middle, though it is by now what it was', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(text('a', '1\n2\n', new ObjectChanged()), text('a', '1\n2\n3'))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }), { lines: 3, rounds: 2 })
    assert.deepEqual(writer.taken.at(-1), ['3', `${a}:3:end`])
  })

  it('removes what was written under the name of another edition, and writes all of it again', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(text('a', '1\n2\n3\n', new TornEdition()), text('a', '1\n'))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }), { lines: 1, rounds: 2 })
    assert.deepEqual(writer.taken, [
      ['1', `${a}:1`],
      ['2', `${a}:2`],
      [null, undefined],
      ['1', `${a}:1:end`],
    ])
  })

  it('fails when time is up before the written lines of a compressed book are unpacked again', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing({ ...text('a', '1\n2\n', '3\n4\n'), gzip: false })
    const from = { etag: 'a', line: 3, byte: 0 }
    const outcome = ingest('book', { bucket, writer, timeIsUp: () => true }, from)
    await assert.rejects(outcome, { code: 'NOT_CONTINUED', message: /"book".*line 3/, retryable: false })
    assert.deepEqual(writer.taken, [])
  })

  it('gives up, to be tried again later, when the object never stays the same', async () => {
    const looks = Array.from({ length: 2 * maxRounds }, (_, i) => text(String(i), 'x'))
    const outcome = ingest('book', { bucket: bucketShowing(...looks), writer: new FakeWriter(), timeIsUp })
    await assert.rejects(outcome, { code: 'OBJECT_CHANGING', retryable: true })
  })

  it('removes a book that is rejected, and fails only if it still is that one', async () => {
    const rejected = text('a', '1\n2\n', new AppError('OBJECT_UNREADABLE', 'broken'))
    const writer = new FakeWriter()
    await assert.rejects(ingest('book', { bucket: bucketShowing(rejected), writer, timeIsUp }), {
      code: 'OBJECT_UNREADABLE',
    })
    assert.deepEqual(writer.taken.at(-1), [null, undefined])
    const replaced = bucketShowing(rejected, text('b', '1'), text('b', '1'))
    assert.deepEqual(await ingest('book', { bucket: replaced, writer, timeIsUp }), { lines: 1, rounds: 2 })
  })

  it('writes no removal for what may be read later', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(
      text('a', '1\n2\n', new AppError('BUCKET_UNAVAILABLE', 'away', { retryable: true })),
    )
    await assert.rejects(ingest('book', { bucket, writer, timeIsUp }), { code: 'BUCKET_UNAVAILABLE' })
    assert.deepEqual(writer.taken, [['1', `${a}:1`]])
  })

  it('stops when time is up, behind a line that is acknowledged, and goes on from there', async () => {
    const whole = 'one\r\ntwo\r\nthree\r\nfour'
    const writer = new FakeWriter()
    const stopping = {
      bucket: bucketShowing(text('a', 'one\r\ntwo\r', '\nthree\r\nfo', 'ur')),
      writer,
      timeIsUp: () => true,
    }
    const { stopped } = await ingest('book', stopping)
    assert.deepEqual(stopped, { etag: 'a', line: 1, byte: 5 })
    assert.equal(writer.acknowledgements, 1)
    const bucket = bucketShowing(text('a', whole.slice(stopped!.byte)))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }, stopped), { lines: 4, rounds: 1 })
    assert.deepEqual(writer.taken, [
      ['one', `${a}:1`],
      ['two', `${a}:2`],
      ['three', `${a}:3`],
      ['four', `${a}:4:end`],
    ])
  })

  it('writes no other edition when it goes on: its retry would begin in the middle behind it', async () => {
    const from = { etag: 'a', line: 1, byte: 5 }
    const writer = new FakeWriter()
    const changing = bucketShowing(text('a', 'two\n'), text('b', 'other\n'))
    const again = await ingest('book', { bucket: changing, writer, timeIsUp }, from)
    assert.deepEqual(again, { lines: 2, rounds: 1, stopped: 'start' })
    const changed = { ...changing, open: () => Promise.reject(new ObjectChanged()) }
    const atOnce = await ingest('book', { bucket: changed, writer, timeIsUp }, from)
    assert.deepEqual(atOnce, { lines: 1, rounds: 1, stopped: 'start' })
    assert.deepEqual(writer.taken, [['two', `${a}:2:end`]])
  })
})
