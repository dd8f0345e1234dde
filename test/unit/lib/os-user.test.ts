import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { it, mock } from 'node:test'
import { readConfig } from '../../../books/config.ts'

it('needs no name of the OS user when USERID is set', () => {
  const userInfo = mock.method(os, 'userInfo', () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  })
  syncBuiltinESMExports()
  try {
    assert.equal(readConfig({ USERID: 'me' }).userid, 'me')
    assert.throws(() => readConfig({}), { code: 'CONFIG_INVALID', message: /USERID must be letters/ })
  } finally {
    userInfo.mock.restore()
    syncBuiltinESMExports()
  }
})
