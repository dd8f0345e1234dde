import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stageEnv } from '../../../../cli/stage/stage-env.ts'
import { readLocalConfig } from '../../../../local/settings/config.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { exampleSettings } from '../../../harness/rendered-stage.ts'

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
    const { USERID, BUCKET } = stageEnv('prod', {}, folder)
    assert.deepEqual([USERID, BUCKET], ['books', 'b'])
  })

  it('uses only the environment without a file', () => {
    assert.equal(stageEnv('prod', { USERID: 'me' }, temporaryFolder()).USERID, 'me')
  })

  it('adds the defaults of a deploy, which the checks of the topics use', () => {
    const { KAFKA_SECURITY: _, AWS_REGION: __, ...example } = exampleSettings('msk-iam')
    const env = { ...example, KAFKA_SECURITY: '', MIN_INSYNC_REPLICAS: '2' }
    const { security, replicationFactor } = readLocalConfig(stageEnv('prod', env, temporaryFolder()))
    assert.deepEqual(security, { kind: 'iam', region: 'eu-central-1' })
    assert.equal(replicationFactor, 3)
  })

  it('rejects the local stage', () => {
    assert.throws(() => stageEnv('dev', {}), { code: 'USAGE' })
  })
})
