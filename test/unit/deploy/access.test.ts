import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAccess } from '../../../deploy/access.ts'

describe('access to the deployed API', () => {
  it('is closed unless set', () => {
    const closed = { type: 'aws_iam' }
    assert.deepEqual(readAccess({}, false), { uploads: closed, counts: closed, authorizers: {} })
    assert.deepEqual(readAccess({ COUNTS_ACCESS: 'open' }, false), {
      uploads: closed,
      counts: '',
      authorizers: {},
    })
  })

  it('is open on the local stage', () => {
    assert.deepEqual(readAccess({}, true), { uploads: '', counts: '', authorizers: {} })
  })

  it('requires a JWT where set, with one authorizer', () => {
    const env = {
      UPLOADS_ACCESS: 'jwt',
      JWT_ISSUER: 'https://id.example.com/',
      JWT_AUDIENCE: 'books, others',
    }
    const { uploads, counts, authorizers } = readAccess(env, false)
    assert.deepEqual([uploads, counts], ['jwt', { type: 'aws_iam' }])
    assert.deepEqual(authorizers, {
      jwt: {
        type: 'jwt',
        identitySource: '$request.header.Authorization',
        issuerUrl: 'https://id.example.com/',
        audience: ['books', 'others'],
      },
    })
  })

  it('reports all invalid and missing settings', () => {
    assert.throws(() => readAccess({ COUNTS_ACCESS: 'jwt', UPLOADS_ACCESS: 'no' }, false), {
      code: 'CONFIG_INVALID',
      message: /UPLOADS_ACCESS.*JWT_ISSUER.*JWT_AUDIENCE/,
    })
  })
})
