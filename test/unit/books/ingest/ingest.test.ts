import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ingest, maxRounds } from '../../../../books/ingest/ingest.ts'
import { ObjectChanged, TornEdition } from '../../../../books/ingest/stored-book.ts'
import { editionOf } from '../../../../books/line-header.ts'
import { AppError } from '../../../../lib/errors.ts'
import { bucketShowing, FakeWriter, text } from './fake-collaborators.ts'

const timeIsUp = () => false
const [a, b] = [editionOf('a'), editionOf('b')]

describe('ingest', () => {
  it('writes every line with its number and an end mark, and resolves when all are acknowledged', async () => {
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

  it('waits when the writer has no room, and omits no line', async () => {
    const writer = new FakeWriter(1)
    await ingest('book', { bucket: bucketShowing(text('a', '1\n2\n3\n4')), writer, timeIsUp })
    assert.deepEqual(
      writer.taken.map(([value]) => value),
      ['1', '2', '3', '4'],
    )
    assert.equal(writer.waits, 3)
  })

  for (const [what, object] of [
    ['does not exist', undefined],
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

  it('repeats until the current object is the one that was written', async () => {
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

  it('restarts when the object changes during the read, even if it changes back', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(text('a', '1\n2\n', new ObjectChanged()), text('a', '1\n2\n3'))
    assert.deepEqual(await ingest('book', { bucket, writer, timeIsUp }), { lines: 3, rounds: 2 })
    assert.deepEqual(writer.taken.at(-1), ['3', `${a}:3:end`])
  })

  it('removes lines that were written with the wrong edition, and writes all lines again', async () => {
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

  it('fails when time is up before a compressed book is decompressed to its next line', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing({ ...text('a', '1\n2\n', '3\n4\n'), gzip: false })
    const from = { etag: 'a', line: 3, byte: 0 }
    const outcome = ingest('book', { bucket, writer, timeIsUp: () => true }, from)
    await assert.rejects(outcome, { code: 'NOT_CONTINUED', message: /"book".*line 3/, retryable: false })
    assert.deepEqual(writer.taken, [])
  })

  it('fails as retryable when the object changes in every round', async () => {
    const looks = Array.from({ length: 2 * maxRounds }, (_, i) => text(String(i), 'x'))
    const outcome = ingest('book', { bucket: bucketShowing(...looks), writer: new FakeWriter(), timeIsUp })
    await assert.rejects(outcome, { code: 'OBJECT_CHANGING', retryable: true })
  })

  it('removes a rejected book, and fails only if the rejected object is still current', async () => {
    const rejected = text('a', '1\n2\n', new AppError('OBJECT_UNREADABLE', 'broken'))
    const writer = new FakeWriter()
    await assert.rejects(ingest('book', { bucket: bucketShowing(rejected), writer, timeIsUp }), {
      code: 'OBJECT_UNREADABLE',
    })
    assert.deepEqual(writer.taken.at(-1), [null, undefined])
    const replaced = bucketShowing(rejected, text('b', '1'), text('b', '1'))
    assert.deepEqual(await ingest('book', { bucket: replaced, writer, timeIsUp }), { lines: 1, rounds: 2 })
  })

  it('writes no removal after a retryable error', async () => {
    const writer = new FakeWriter()
    const bucket = bucketShowing(
      text('a', '1\n2\n', new AppError('BUCKET_UNAVAILABLE', 'unreachable', { retryable: true })),
    )
    await assert.rejects(ingest('book', { bucket, writer, timeIsUp }), { code: 'BUCKET_UNAVAILABLE' })
    assert.deepEqual(writer.taken, [['1', `${a}:1`]])
  })

  it('stops after an acknowledged line when time is up, and resumes there', async () => {
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

  it('writes no other edition after it resumes, because a retry would start in the middle', async () => {
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
