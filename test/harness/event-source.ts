import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import { type EventSources, startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import type { EventSourceMapping } from '../../local/kafka-event-source/mapping/event-source-mapping.ts'
import type { ServerlessWithResources } from '../../local/kafka-event-source/settings/service.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { type RunningTest, temporaryService } from './container-service.ts'
import { committedOffsets } from './groups.ts'
import { startKafka } from './kafka.ts'
import { uniqueUserid } from './names.ts'
import { waitFor } from './wait-for.ts'

const require = createRequire(import.meta.url)
const naming = require('serverless/lib/plugins/aws/lib/naming.js')

/** The parts of serverless.yml that a test sets. */
export type Service = {
  readonly serviceDir: string
  readonly functions: ServerlessWithResources['service']['functions']
  readonly custom?: Readonly<Record<string, unknown>>
  readonly resources?: ServerlessWithResources['service']['resources']
  readonly provider?: ServerlessWithResources['service']['provider']
}

export function serverlessOf({
  serviceDir,
  functions,
  custom,
  resources,
  provider,
}: Service): ServerlessWithResources {
  return {
    classes: { Error },
    serviceDir,
    service: {
      service: 'service',
      provider: provider ?? { region: 'us-east-1' },
      ...(functions && { functions }),
      custom: { kafkaEventSource: { consumerGroupIds: 'deployed', ...custom } },
      ...(resources && { resources }),
    },
    getProvider: () => ({ getStage: () => 'dev', naming }),
  }
}

/** Starts the event source of a service in this process. `stop` is called when the test ends. */
export async function startService(
  test: RunningTest,
  service: Service,
): Promise<EventSources & { readonly lines: string[]; readonly mapping: EventSourceMapping }> {
  const serverless = serverlessOf(service)
  const lines: string[] = []
  const sources = await startEventSources(
    serverless,
    await readServiceSettings(serverless, Date.now()),
    (line) => lines.push(line),
  )
  test.after(() => sources.stop())
  return { ...sources, lines, mapping: sources.mappings[0]! }
}

/** Creates a new topic on the shared broker. */
export async function newTopic(
  options: { partitions?: number; configs?: Readonly<Record<string, string>>; brokers?: string } = {},
): Promise<{ readonly brokers: string; readonly topic: string }> {
  const { brokers } = options.brokers === undefined ? await startKafka() : { brokers: options.brokers }
  const topic = `${uniqueUserid()}.lines`
  await createTopic(brokers, topic, options.partitions ?? 1, options.configs)
  return { brokers, topic }
}

export async function createTopic(
  brokers: string,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
  replicationFactor = 1,
): Promise<void> {
  const admin = new Admin(openCluster({ brokers: brokers.split(',') }), 60_000)
  try {
    await admin.createTopic({ name, partitions, replicationFactor, configs })
  } finally {
    admin.close()
  }
}

/** Returns a `kafka` event of serverless.yml, by default with small batches and a short window. */
export function kafkaEvent(
  { brokers, topic }: { brokers: string; topic: string },
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    kafka: {
      accessConfigurations: { vpcSubnet: ['subnet-0'], vpcSecurityGroup: ['sg-0'] },
      bootstrapServers: [brokers],
      topic,
      consumerGroupId: `${topic}.group`,
      ...settings,
    },
  }
}

/** Resolves when the group of `kafkaEvent` has committed these offsets, one for each partition from 0. */
export async function untilCommitted(
  { brokers, topic }: { readonly brokers: string; readonly topic: string },
  offsets: readonly number[],
): Promise<void> {
  await waitFor(() => committedOffsets(brokers, `${topic}.group`, topic, offsets.length), {
    within: 150_000,
    until: (found) => found.join() === offsets.join(),
  })
}

/** Returns serverless's logical id of the mapping of this function and topic. */
export function logicalIdOf(topic: string, functionKey = 'fn'): string {
  return naming.getKafkaEventLogicalId(functionKey, topic)
}

/** Returns `resources` that set CloudFormation properties of the mapping of `fn`, in provisioned mode. */
export function provisioned(
  topic: string,
  properties: Readonly<Record<string, unknown>>,
): NonNullable<Service['resources']> {
  const Properties = { ProvisionedPollerConfig: { MinimumPollers: 1 }, ...properties }
  return { extensions: { [logicalIdOf(topic)]: { Properties } } }
}

/**
 * Creates a service with one function, `fn`, which runs this code. In the code, `see(object)` appends a line to the file
 * `seen`.
 */
export function recordingService(body: string): { readonly serviceDir: string; readonly seenFile: string } {
  const serviceDir = temporaryService({})
  const seenFile = `${serviceDir}/seen.jsonl`
  temporaryServiceFile(serviceDir, body, seenFile)
  return { serviceDir, seenFile }
}

export function temporaryServiceFile(serviceDir: string, body: string, seenFile: string): void {
  writeFileSync(
    `${serviceDir}/fn.js`,
    `import { appendFileSync, existsSync } from 'node:fs'
const see = (what) => appendFileSync(${JSON.stringify(seenFile)}, JSON.stringify(what) + '\\n')
const recordsOf = (event) => Object.values(event.records).flat()
const textOf = (record) => record.value == null ? null : Buffer.from(record.value, 'base64').toString()
export const handler = async (event, context) => {
${body}
}
`,
  )
}

/** Returns the objects that the handler has passed to `see`. */
export function seen<T>(file: string): T[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T)
}
