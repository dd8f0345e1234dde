import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const require = createRequire(import.meta.url)
const readme = readFileSync(
  new URL('../../../local/kafka-event-source/README.md', import.meta.url),
  'utf8',
).split('## Fidelity')[1]!
const models = readFileSync(require.resolve('@aws-sdk/client-lambda/dist-types/models/models_0.d.ts'), 'utf8')

function propertiesOf(type: string): string[] {
  const start = models.indexOf(`export interface ${type} {`)
  assert.ok(start >= 0, type)
  return [...models.slice(start, models.indexOf('\n}', start)).matchAll(/^ {4}(\w+)\??:/gm)].map(
    ([, name]) => name!,
  )
}

for (const type of [
  'CreateEventSourceMappingRequest',
  'SelfManagedKafkaEventSourceConfig',
  'AmazonManagedKafkaEventSourceConfig',
  'KafkaSchemaRegistryConfig',
  'ProvisionedPollerConfig',
  'EventSourceMappingMetricsConfig',
  'EventSourceMappingLoggingConfig',
  'OnFailure',
]) {
  test(`the fidelity table names every property of ${type}`, () => {
    const properties = propertiesOf(type)
    assert.ok(properties.length > 0)
    assert.deepEqual(
      properties.filter((name) => !readme.includes(name)),
      [],
    )
  })
}
