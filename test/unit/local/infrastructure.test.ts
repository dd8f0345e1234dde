import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requirePorts } from '../../../local/infrastructure.ts'
import { readLocalConfig } from '../../../local/settings/config.ts'

test('npm start advises to unset BROKERS when that cluster does not respond', async () => {
  const config = readLocalConfig({ BROKERS: '127.0.0.1:1', S3_ENDPOINT: 'http://127.0.0.1:1' })
  await assert.rejects(requirePorts(config, false), {
    code: 'KAFKA_UNAVAILABLE',
    message:
      'No Kafka broker responds at 127.0.0.1:1, the cluster of BROKERS: unset BROKERS to start Kafka here.',
  })
})
