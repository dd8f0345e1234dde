import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLocalConfig } from '../../../../local/settings/config.ts'
import { RunRecord } from '../../../../local/settings/run-record.ts'
import { runningSettings, withRunningSettings } from '../../../../local/settings/running-settings.ts'
import { temporaryFolder } from '../../../harness/names.ts'

const settings = {
  KAFKA_PORT: '9192',
  S3_PORT: '9100',
  HTTP_PORT: '3100',
  LAMBDA_PORT: '3102',
  USERID: 'ada',
}

describe('the settings of a running npm start', () => {
  it('apply to commands in the same folder until it ends', async () => {
    const DATA_DIR = temporaryFolder()
    const record = await RunRecord.take(DATA_DIR, runningSettings({ ...settings, KAFKA_PASSWORD: 'secret' }))
    const config = readLocalConfig(withRunningSettings({ DATA_DIR }, '/'))
    assert.deepEqual(config.brokers, ['127.0.0.1:9192'])
    assert.equal(config.s3Endpoint, 'http://127.0.0.1:9100')
    assert.deepEqual([config.httpPort, config.lambdaPort, config.userid], [3100, 3102, 'ada'])
    assert.equal(withRunningSettings({ DATA_DIR }, '/').KAFKA_PASSWORD, undefined)
    record.remove()
    assert.deepEqual(withRunningSettings({ DATA_DIR }, '/'), { DATA_DIR })
  })

  it('are overridden by variables that are set', async () => {
    const DATA_DIR = temporaryFolder()
    const record = await RunRecord.take(DATA_DIR, settings)
    assert.equal(withRunningSettings({ DATA_DIR, S3_PORT: '1' }, '/').S3_PORT, '1')
    const elsewhere = withRunningSettings({ DATA_DIR, BROKERS: 'kafka:9092' }, '/')
    assert.deepEqual([elsewhere.KAFKA_PORT, elsewhere.USERID], [undefined, undefined])
    assert.equal(elsewhere.S3_PORT, '9100')
    record.remove()
  })
})
