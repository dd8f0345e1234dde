import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAccess } from '../../../deploy/access.ts'
import { type Env, Settings } from '../../../lib/settings.ts'

const accessOf = (env: Env, isLocal: boolean) => {
  const settings = new Settings(env)
  const access = readAccess(settings, isLocal)
  settings.settle()
  return access
}

describe('access to the deployed API', () => {
  it('is closed unless set', () => {
    const closed = { type: 'aws_iam' }
    assert.deepEqual(accessOf({}, false), { uploads: closed, counts: closed, authorizers: {} })
    assert.deepEqual(accessOf({ COUNTS_ACCESS: 'open' }, false), {
      uploads: closed,
      counts: '',
      authorizers: {},
    })
  })

  it('is open on the local stage', () => {
    assert.deepEqual(accessOf({}, true), { uploads: '', counts: '', authorizers: {} })
  })

  it('requires a JWT where set, with one authorizer', () => {
    const env = {
      UPLOADS_ACCESS: 'jwt',
      JWT_ISSUER: 'https://id.example.com/',
      JWT_AUDIENCE: 'books, others',
    }
    const { uploads, counts, authorizers } = accessOf(env, false)
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

  it('has the issuer as it is in the tokens', () => {
    for (const issuer of [
      'https://accounts.google.com',
      'https://id.example.com/',
      'https://id.example.com/a',
    ]) {
      const env = { COUNTS_ACCESS: 'jwt', JWT_ISSUER: issuer, JWT_AUDIENCE: 'books' }
      assert.equal(accessOf(env, false).authorizers.jwt?.issuerUrl, issuer)
    }
  })

  it('reports all invalid and missing settings', () => {
    assert.throws(() => accessOf({ COUNTS_ACCESS: 'jwt', UPLOADS_ACCESS: 'no' }, false), {
      code: 'CONFIG_INVALID',
      message: /UPLOADS_ACCESS.*JWT_ISSUER.*JWT_AUDIENCE/,
    })
  })
})
