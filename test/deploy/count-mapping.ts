/**
 * `count-mapping.ts FILE`: runs the event source as the mapping of a deployed `count`. FILE has the function's name and
 * the mapping's properties in the deployed template. The environment has the address of the account. It runs alone,
 * since Node.js reads its trusted authorities at its start.
 */
import { readFileSync } from 'node:fs'
import { startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { serverlessOf } from '../harness/event-source.ts'

export type DeployedMapping = {
  readonly functionName: string
  readonly timeout: number
  readonly properties: {
    readonly Topics: readonly [string]
    readonly BatchSize: number
    readonly MaximumBatchingWindowInSeconds: number
    readonly SelfManagedEventSource: { readonly Endpoints: { readonly KafkaBootstrapServers: string[] } }
    readonly SelfManagedKafkaEventSourceConfig: { readonly ConsumerGroupId: string }
    readonly SourceAccessConfigurations: readonly { readonly Type: string; readonly URI: string }[]
  }
}

const { functionName, timeout, properties } = JSON.parse(
  readFileSync(process.argv[2]!, 'utf8'),
) as DeployedMapping
const secret = (type: string) => properties.SourceAccessConfigurations.find(({ Type }) => Type === type)?.URI
const endpoint = process.env.AWS_ENDPOINT_URL!

const service = serverlessOf({
  serviceDir: '.',
  provider: { region: process.env.AWS_REGION! },
  functions: {
    count: {
      name: functionName,
      handler: 'is/deployed.handler',
      timeout,
      reservedConcurrency: 1,
      events: [
        {
          kafka: {
            topic: properties.Topics[0],
            batchSize: properties.BatchSize,
            maximumBatchingWindow: properties.MaximumBatchingWindowInSeconds,
            bootstrapServers: properties.SelfManagedEventSource.Endpoints.KafkaBootstrapServers,
            consumerGroupId: properties.SelfManagedKafkaEventSourceConfig.ConsumerGroupId,
            accessConfigurations: {
              saslScram512Auth: secret('SASL_SCRAM_512_AUTH'),
              serverRootCaCertificate: secret('SERVER_ROOT_CA_CERTIFICATE'),
            },
          },
        },
      ],
    },
  },
  custom: { lambdaEndpoint: endpoint, endpoint, secretsManager: true },
})
const settings = await readServiceSettings(service, Date.now())
const sources = await startEventSources(service, settings, (line) => console.log(line))
process.once('SIGTERM', () => void sources.stop().then(() => process.exit(0)))
