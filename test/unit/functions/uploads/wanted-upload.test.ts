import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readWantedUpload } from '../../../../functions/uploads/wanted-upload.ts'
import { AppError } from '../../../../lib/errors.ts'
import { isError } from '../../../harness/is-error.ts'

const maxBytes = 1_000

describe('readWantedUpload', () => {
  it('reads a name, a size and a type', () => {
    const wanted = { book: 'austen/Emma (2).txt', size: 42, type: 'Text/Plain; charset=utf-8' }
    assert.deepEqual(read(wanted), { ...wanted, type: 'text/plain' })
  })

  it('accepts text types and gzip, and rejects other types', () => {
    for (const type of [
      'text/plain',
      'text/markdown',
      'text/csv',
      'application/gzip',
      'application/x-gzip',
    ]) {
      assert.equal(read({ book: 'a', size: 1, type }).type, type)
    }
    for (const type of [
      'image/png',
      'application/pdf',
      'application/octet-stream',
      '',
      undefined,
      'text/',
      7,
    ]) {
      refuses({ book: 'a', size: 1, type }, 'UPLOAD_TYPE_REFUSED')
    }
  })

  it('accepts a size up to the limit, and rejects other sizes', () => {
    assert.equal(read({ book: 'a', size: maxBytes, type: 'text/plain' }).size, maxBytes)
    refuses({ book: 'a', size: maxBytes + 1, type: 'text/plain' }, 'UPLOAD_TOO_LARGE')
    for (const size of [-1, 0.5, '5', null, undefined]) {
      refuses({ book: 'a', size, type: 'text/plain' }, 'REQUEST_INVALID')
    }
  })

  it('accepts a name that S3 and URLs keep unchanged, and rejects other names', () => {
    for (const book of ['é/📚 50 % + ?#&.txt', '..a', 'x'.repeat(1_024)]) {
      assert.equal(read({ book, size: 1, type: 'text/plain' }).book, book)
    }
    for (const book of [
      '',
      '/a',
      'a//b',
      'a/',
      'a/../b',
      './a',
      'a\nb',
      'a\0',
      '\ud800',
      'é'.repeat(513),
      7,
    ]) {
      refuses({ book, size: 1, type: 'text/plain' }, 'REQUEST_INVALID')
    }
  })

  it('reads JSON, also base64-encoded by API Gateway, and rejects other bodies', () => {
    const body = Buffer.from('{"book":"a","size":1,"type":"text/plain"}').toString('base64')
    const request = { routeKey: '', headers: {}, body, isBase64Encoded: true }
    assert.equal(readWantedUpload(request, maxBytes).book, 'a')
    for (const broken of ['', '{', 'null', '[]', '7']) {
      assert.throws(
        () => readWantedUpload({ routeKey: '', headers: {}, body: broken }, maxBytes),
        isError('REQUEST_INVALID'),
      )
    }
  })
})

function read(wanted: unknown) {
  return readWantedUpload({ routeKey: '', headers: {}, body: JSON.stringify(wanted) }, maxBytes)
}

function refuses(wanted: unknown, code: string): void {
  assert.throws(
    () => read(wanted),
    (error) => error instanceof AppError && error.code === code && !error.retryable,
  )
}
