import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stageEnv } from '../../../../cli/stage/stage-env.ts'
import { temporaryFolder } from '../../../harness/names.ts'

describe('stageEnv', () => {
  it('reads the file of the stage, and lets the environment override it', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '.env.prod'), '# a comment\nAWS_REGION=eu-central-1\nUSERID=books\n')
    const { AWS_REGION, USERID } = stageEnv('prod', { USERID: 'others' }, folder)
    assert.deepEqual([AWS_REGION, USERID], ['eu-central-1', 'others'])
  })

  it('reads a file that an editor of Windows wrote', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '.env.prod'), '\ufeffUSERID=books\r\nBUCKET="b" # a comment\r\n')
    assert.deepEqual(stageEnv('prod', {}, folder), { USERID: 'books', BUCKET: 'b' })
  })

  it('uses only the environment without a file', () => {
    assert.deepEqual(stageEnv('prod', { USERID: 'me' }, temporaryFolder()), { USERID: 'me' })
  })

  it('rejects the local stage', () => {
    assert.throws(() => stageEnv('dev', {}), { code: 'USAGE' })
  })
})
