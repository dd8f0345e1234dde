import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { createdMapping } from '../../../../../local/kafka-event-source/settings/created-mapping.ts'
import type { ServerlessWithResources } from '../../../../../local/kafka-event-source/settings/service.ts'
import { readServiceSettings } from '../../../../../local/kafka-event-source/settings/service-settings.ts'

const naming = createRequire(import.meta.url)('serverless/lib/plugins/aws/lib/naming.js')
const now = Date.UTC(2026, 10, 21)

const serverless: ServerlessWithResources = {
  classes: { Error },
  serviceDir: '/service',
  service: {
    service: 'service',
    provider: {},
    functions: { count: { name: 'service-dev-count', handler: 'fn.handler', events: [] } },
  },
  getProvider: () => ({ getStage: () => 'dev', naming }),
}

const request = {
  FunctionName: 'service-dev-count',
  Topics: ['lines'],
  StartingPosition: 'TRIM_HORIZON',
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['127.0.0.1:9092'] } },
}

const create = async (body: Readonly<Record<string, unknown>>) => {
  const sent = JSON.parse(JSON.stringify({ ...request, ...body }))
  return createdMapping(serverless, await readServiceSettings(serverless, now), sent, now)
}

test('reads a request of the API, whose names differ from CloudFormation’s', async () => {
  const { mapping, warnings } = await create({})
  assert.deepEqual(mapping.settings.source, { kind: 'kafka', bootstrapServers: ['127.0.0.1:9092'] })
  assert.deepEqual(warnings, [])
})

test('warns about properties without effect', async () => {
  const { warnings } = await create({
    KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/k',
    MetricsConfig: { Metrics: ['EventCount'] },
    Tags: { a: 'b' },
  })
  assert.deepEqual(warnings, ['Without effect on this machine: KmsKeyArn, MetricsConfig, Tags.'])
})

test('rejects an unknown property by name', async () => {
  await assert.rejects(create({ ParallelizationFactor: 2 }), /ParallelizationFactor is not a setting/)
})

test('names a missing property of the request', async () => {
  const rule =
    /^ {2}- The request: StartingPosition must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not undefined$/m
  await assert.rejects(create({ StartingPosition: undefined }), rule)
})
