import inspector from 'node:inspector'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventSource } from '../../lambda/packed-event.ts'
import { functionSettings } from '../containers/function-settings.ts'
import { ContainerPool } from '../containers/index.ts'
import { refusedFunctions } from '../serverless/function-runtime.ts'
import { containerOptions, unresolvedVariables } from '../serverless/serverless-function.ts'
import { type ControlServer, startControlServer } from './control/control-server.ts'
import type { MappingSet } from './control/mapping-api.ts'
import { DeployedFunction } from './deployed-function.ts'
import { awsDestination, type SendFailure } from './destination/aws-destinations.ts'
import { kafkaDestination } from './destination/kafka-destination.ts'
import { systemClock } from './mapping/clock.ts'
import { EventSourceMapping, type InvokedFunction } from './mapping/event-source-mapping.ts'
import { createdMapping } from './settings/created-mapping.ts'
import type { Serverless } from './settings/service.ts'
import type { ServiceSettings } from './settings/service-settings.ts'
import { localAccount } from './settings/template.ts'

export type EventSources = {
  readonly mappings: readonly EventSourceMapping[]
  /** URL of the event source mapping API, if enabled. */
  readonly controlUrl: string | undefined
  /** Stops polling, waits `stopWithinSeconds` for running batches, commits offsets and leaves the groups. Idempotent. */
  stop(): Promise<void>
}

/** How serverless was started. */
export type LocalRun = {
  /** Command-line options. */
  readonly commandLine?: Readonly<Record<string, unknown>>
  /** The service's folder, before a bundler changed it. */
  readonly workingDir?: string | undefined
}

/** Time for commits, leaving groups and closing connections, after the running batches. */
const closeWithinMs = 5_000

type Mapping = ServiceSettings['mappings'][number]

/**
 * Starts every mapping of the service. A mapping logs its problems and retries.
 * @throws when the control port is in use, or when a function cannot run locally
 */
export async function startEventSources(
  serverless: Serverless,
  settings: ServiceSettings,
  log: (line: string) => void,
  { commandLine = {}, workingDir }: LocalRun = {},
): Promise<EventSources> {
  const { custom } = settings
  if (custom.lambdaEndpoint === undefined) {
    const keys = new Set(settings.mappings.map(({ functionKey }) => functionKey))
    const refused = await refusedFunctions(serverless, [...keys], commandLine)
    if (refused.length > 0)
      throw new Error(`Cannot run the functions of Kafka events:\n${refused.join('\n')}`)
  }
  const functions = new Map<string, InvokedFunction>()
  const closers: (() => Promise<void>)[] = []
  const mappings: EventSourceMapping[] = []
  const add = async (mapping: Mapping): Promise<EventSourceMapping> => {
    const invoked =
      functions.get(mapping.functionKey) ??
      functionOf(serverless, settings, mapping, { commandLine, workingDir })
    functions.set(mapping.functionKey, invoked)
    const added = await newMapping(settings, mapping, invoked, log, (close) => closers.push(close))
    mappings.push(added)
    return added
  }
  for (const mapping of settings.mappings) await add(mapping)
  let control: ControlServer | undefined
  if (custom.controlPort !== undefined) {
    const set: MappingSet = {
      mappings,
      create: async (request) => {
        const mapping = await createdMapping(serverless, settings, request, Date.now())
        const refused =
          custom.lambdaEndpoint === undefined
            ? await refusedFunctions(serverless, [mapping.functionKey], commandLine)
            : []
        if (refused.length > 0) throw new Error(refused.join(' '))
        const created = await add(mapping)
        created.start()
        return created
      },
      remove: (mapping) => mappings.splice(mappings.indexOf(mapping), 1),
    }
    control = await startControlServer(set, custom.controlPort)
  }
  for (const line of settings.advice) log(line)
  for (const line of unresolvedVariables(serverless, [...functions.keys()])) log(line)
  for (const mapping of mappings) mapping.start()

  let stopping: Promise<void> | undefined
  const stop = async () => {
    const disabled = Promise.all(mappings.map((mapping) => mapping.disable()))
    await Promise.race([disabled, delay(custom.stopWithinSeconds * 1_000, undefined, { ref: false })])
    await Promise.all([...functions.values()].map((invoked) => invoked.close()))
    await Promise.race([disabled, delay(closeWithinMs, undefined, { ref: false })])
    await Promise.all([...closers.map((close) => close()), control?.close()])
  }
  return {
    mappings,
    controlUrl: control?.url,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

/** Returns local containers, or a deployed function if `lambdaEndpoint` is set. */
function functionOf(
  serverless: Serverless,
  { custom }: ServiceSettings,
  { functionKey, definition }: Mapping,
  { commandLine = {}, workingDir }: LocalRun,
): InvokedFunction {
  const options = containerOptions(serverless, functionKey, definition, commandLine, workingDir)
  if (custom.lambdaEndpoint !== undefined) {
    return new DeployedFunction(functionSettings(options), custom.lambdaEndpoint)
  }
  const inspect = custom.inspect ?? (inspector.url() === undefined ? undefined : 0)
  return new ContainerPool({
    ...options,
    choice: custom.containers,
    freeze: custom.freeze,
    idleMs: custom.idleSeconds * 1_000,
    ...(inspect !== undefined && { inspect }),
  })
}

async function newMapping(
  settings: ServiceSettings,
  mapping: Mapping,
  invoked: InvokedFunction,
  log: (line: string) => void,
  onClose: (close: () => Promise<void>) => void,
): Promise<EventSourceMapping> {
  const { custom, region } = settings
  const { access } = mapping
  const source = eventSource(mapping, region)
  const functionArn = `arn:aws:lambda:${region}:${localAccount}:function:${invoked.settings.functionName}`
  const send = await failureSender(settings, mapping, log, onClose)
  return new EventSourceMapping({
    mapping,
    access,
    source,
    functionArn,
    invoked,
    clock: systemClock,
    createTopics: custom.createTopics,
    schemaRegistry: mapping.schemaRegistry,
    longestBackoffMs: custom.maxBackoffSeconds * 1_000,
    sendOnFailure: async (givenUp) => {
      if (send === undefined) return undefined
      await send(givenUp, { source, functionArn, now: new Date() })
      return true
    },
    log,
  })
}

/** An unusable destination does not prevent the start: each attempt to send to it fails, and the records are dropped. */
async function failureSender(
  { custom, region }: ServiceSettings,
  { settings, access, functionKey, uuid }: Mapping,
  log: (line: string) => void,
  onClose: (close: () => Promise<void>) => void,
): Promise<SendFailure | undefined> {
  const { onFailure } = settings
  if (onFailure === undefined) return undefined
  if (onFailure.kind !== 'kafka') {
    return await awsDestination(onFailure, { endpoint: custom.endpoint, region }, uuid).catch(
      (error: Error) => {
        log(`${functionKey}: the on-failure destination ${onFailure.target} is not usable: ${error.message}`)
        return () => Promise.reject(error)
      },
    )
  }
  const { send, close } = kafkaDestination(onFailure.topic, access, `lambda-${functionKey}-on-failure`)
  onClose(async () => close())
  return send
}

/** Returns the cluster fields of an event. A self-managed cluster has no ARN. */
function eventSource({ settings, access, uuid }: Mapping, region: string): EventSource {
  const bootstrapServers = access.brokers.join(',')
  const { source } = settings
  if (source.kind === 'kafka') return { eventSource: 'SelfManagedKafka', bootstrapServers }
  const eventSourceArn = source.arn ?? `arn:aws:kafka:${region}:${localAccount}:cluster/local/${uuid}`
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers }
}
