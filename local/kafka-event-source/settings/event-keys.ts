import { formatValue, isPlainObject, listOf, type PlainObject, type Problems } from './problems.ts'

/**
 * Events have the keys of osls 4 and serverless 4 (`package/compile/events/kafka.js` and `msk` of both), which this
 * file maps to CloudFormation properties.
 */
export type EventKind = 'kafka' | 'msk'

/**
 * Properties of an AWS::Lambda::EventSourceMapping. `where` is the mapping's place in serverless.yml, and `origins`
 * has the place of each property.
 */
export type MappingProperties = {
  readonly where: string
  readonly properties: PlainObject
  readonly origins: ReadonlyMap<string, string>
}

type PropertyWriter = (value: unknown) => PlainObject

const property =
  (name: string): PropertyWriter =>
  (value) => ({ [name]: value })

const pollers =
  (names: Readonly<Record<string, string>>): PropertyWriter =>
  (value) => ({ ProvisionedPollerConfig: isPlainObject(value) ? renamed(value, names) : value })

const common: Readonly<Record<string, PropertyWriter>> = {
  topic: (value) => ({ Topics: [value] }),
  batchSize: property('BatchSize'),
  // osls does not deploy 0, so AWS's default applies.
  maximumBatchingWindow: (value) => (value === 0 ? {} : { MaximumBatchingWindowInSeconds: value }),
  enabled: property('Enabled'),
  startingPosition: property('StartingPosition'),
  startingPositionTimestamp: property('StartingPositionTimestamp'),
  filterPatterns: (value) => ({
    FilterCriteria: {
      Filters: listOf(value).map((pattern) => ({
        Pattern: isPlainObject(pattern) ? JSON.stringify(pattern) : pattern,
      })),
    },
  }),
  provisionedPollerConfig: pollers({ minimumPollers: 'MinimumPollers', maximumPollers: 'MaximumPollers' }),
  provisionedPollers: pollers({ min: 'MinimumPollers', max: 'MaximumPollers', group: 'PollerGroupName' }),
}

const accessTypes: Readonly<Record<string, { readonly type: string; readonly prefix?: string }>> = {
  vpcSubnet: { type: 'VPC_SUBNET', prefix: 'subnet:' },
  vpcSecurityGroup: { type: 'VPC_SECURITY_GROUP', prefix: 'security_group:' },
  saslPlainAuth: { type: 'BASIC_AUTH' },
  saslScram256Auth: { type: 'SASL_SCRAM_256_AUTH' },
  saslScram512Auth: { type: 'SASL_SCRAM_512_AUTH' },
  clientCertificateTlsAuth: { type: 'CLIENT_CERTIFICATE_TLS_AUTH' },
  serverRootCaCertificate: { type: 'SERVER_ROOT_CA_CERTIFICATE' },
}

const eventKeys: Readonly<Record<EventKind, Readonly<Record<string, PropertyWriter>>>> = {
  kafka: {
    ...common,
    bootstrapServers: (value) => ({
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: listOf(value) } },
    }),
    accessConfigurations: (value) => ({
      SourceAccessConfigurations: Object.entries(isPlainObject(value) ? value : {}).flatMap(([key, uris]) => {
        const { type, prefix = '' } = accessTypes[key] ?? { type: key }
        return listOf(uris).map((uri) => ({ Type: type, URI: isPlainObject(uri) ? uri : `${prefix}${uri}` }))
      }),
    }),
    consumerGroupId: (value) => ({ SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: value } }),
    onFailureDestination: (value) => ({ DestinationConfig: { OnFailure: { Destination: value } } }),
  },
  msk: {
    ...common,
    arn: property('EventSourceArn'),
    saslScram512: (value) => ({ SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: value }] }),
    consumerGroupId: (value) => ({ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: value } }),
  },
}

const required: Readonly<Record<EventKind, readonly string[]>> = {
  kafka: ['accessConfigurations', 'bootstrapServers', 'topic'],
  msk: ['arn', 'topic'],
}

export function mapEvent(
  kind: EventKind,
  event: PlainObject,
  where: string,
  problems: Problems,
): MappingProperties {
  const origins = new Map<string, string>()
  const properties: Record<string, unknown> = { StartingPosition: 'TRIM_HORIZON' }
  for (const [key, value] of Object.entries(event)) {
    const write = eventKeys[kind][key]
    if (write === undefined) {
      problems.add(`${where}.${key}`, `is not a setting of a ${kind} event`)
      continue
    }
    if (value === undefined || value === null) continue
    for (const [name, written] of Object.entries(write(value))) {
      properties[name] = written
      origins.set(name, `${where}.${key}`)
    }
  }
  if (event.maximumBatchingWindow === 0) {
    problems.warn(
      `${where}.maximumBatchingWindow`,
      'is 0, which serverless does not deploy. AWS then uses 500 ms, and so does the local run.',
    )
  }
  for (const key of required[kind])
    if (event[key] === undefined) problems.add(`${where}.${key}`, 'is missing')
  checkAccess(event.accessConfigurations, `${where}.accessConfigurations`, problems)
  return { where, properties, origins }
}

function checkAccess(access: unknown, where: string, problems: Problems): void {
  if (access === undefined) return
  if (!isPlainObject(access) || Object.keys(access).length === 0) {
    problems.add(where, `must be an object with at least one setting, not ${formatValue(access)}`)
    return
  }
  for (const key of Object.keys(access)) {
    if (accessTypes[key] === undefined) problems.add(`${where}.${key}`, 'is not an access configuration')
  }
  const missing = ['vpcSubnet', 'vpcSecurityGroup'].filter((key) => access[key] === undefined)
  if (missing.length !== 1) return
  const given = missing[0] === 'vpcSubnet' ? 'vpcSecurityGroup' : 'vpcSubnet'
  problems.add(`${where}.${missing[0]}`, `is required together with ${given}`)
}

function renamed(value: PlainObject, names: Readonly<Record<string, string>>): PlainObject {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [names[key] ?? key, inner]))
}
