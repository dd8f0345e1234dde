import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaEvent, newTopic, recordingService, seen, startService } from '../../../harness/event-source.ts'
import { produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { timeout: 120_000 }

type Seen = { readonly servers: string; readonly values: string[] }

test(
  'one function reads one topic from two clusters: an event with local brokers, and a declared mapping',
  options,
  async (t) => {
    const { brokers, topic } = await newTopic()
    const { serviceDir, seenFile } = recordingService(
      'see({ servers: event.bootstrapServers, values: recordsOf(event).map(textOf) })',
    )
    const other = brokers.replace('127.0.0.1', 'localhost')
    const { mappings, lines } = await startService(t, {
      serviceDir,
      functions: {
        fn: {
          name: 'service-dev-fn',
          handler: 'fn.handler',
          events: [kafkaEvent({ brokers: 'broker.example:9092', topic }, { consumerGroupId: 'orders' })],
        },
      },
      custom: { brokers: { 'broker.example:9092': brokers }, consumerGroupIds: {} },
      resources: {
        Resources: {
          OtherCluster: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              FunctionName: { 'Fn::GetAtt': ['FnLambdaFunction', 'Arn'] },
              Topics: [topic],
              StartingPosition: 'TRIM_HORIZON',
              SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: [other] } },
              DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
            },
          },
        },
      },
    })
    await produce({ brokers, topic }, ['one'])
    const all = await waitFor(() => seen<Seen>(seenFile), {
      within: 30_000,
      until: (seenNow) => seenNow.length === 2,
    })
    assert.deepEqual(new Set(all.map(({ servers }) => servers)), new Set([brokers, other]))
    assert.deepEqual(
      all.map(({ values }) => values),
      [['one'], ['one']],
    )
    assert.match(mappings[0]!.mapping.groupId, /^orders-local-[0-9a-f]{8}$/)
    assert.ok(
      lines.some((line) => line.includes("custom.kafkaEventSource.references: { 'DeadLetters.Arn': … }")),
    )
  },
)
