import { setTimeout as delay } from 'node:timers/promises'
import type { EventSource } from '../../lambda/packed-event.ts'
import { awsPartition } from '../../lib/aws-domain.ts'
import { functionArn, localAccount } from '../containers/function-arn.ts'
import { unresolvedVariables } from '../serverless/serverless-function.ts'
import { systemClock } from './batch/clock.ts'
import { startControlServer } from './control/control-server.ts'
import type { MappingSet } from './control/mapping-api.ts'
import { failureDestinations } from './failure-destinations.ts'
import { InvokedFunctions, type LocalRun } from './invoked-functions.ts'
import { EventSourceMapping } from './mapping/event-source-mapping.ts'
import { createdMapping } from './settings/created-mapping.ts'
import type { ServerlessWithResources } from './settings/service.ts'
import type { AccessibleMapping, ServiceSettings } from './settings/service-settings.ts'

export type EventSources = {
  readonly mappings: readonly EventSourceMapping[]
  readonly controlUrl: string | undefined
  /** Stops polling, waits `stopWithinSeconds` for running batches, commits offsets and leaves the groups. Idempotent. */
  stop(): Promise<void>
}

/** Time limit for committing offsets, leaving groups and closing connections. */
const closeWithinMs = 5_000

/**
 * Mappings log problems and retry.
 * @throws when the control port is in use, or a function cannot run locally
 */
export async function startEventSources(
  serverless: ServerlessWithResources,
  settings: ServiceSettings,
  log: (line: string) => void,
  localRun: LocalRun = {},
): Promise<EventSources> {
  const { custom, region } = settings
  const functions = new InvokedFunctions(serverless, custom, localRun)
  const destinations = failureDestinations(settings, log)
  await functions.requireRunnable(settings.mappings.map(({ functionKey }) => functionKey))

  const mappings: EventSourceMapping[] = []
  const add = async (mapping: AccessibleMapping): Promise<EventSourceMapping> => {
    const invoked = functions.of(mapping)
    const source = eventSourceOf(mapping, region)
    const arn = functionArn(region, invoked.settings.functionName)
    const added = new EventSourceMapping({
      ...{ mapping, source, functionArn: arn, invoked, log },
      clock: systemClock,
      createTopics: custom.createTopics,
      maxBackoffMs: custom.maxBackoffSeconds * 1_000,
      sendOnFailure: await destinations.senderOf(mapping, { source, functionArn: arn }),
    })
    mappings.push(added)
    return added
  }
  for (const mapping of settings.mappings) await add(mapping)

  const set: MappingSet = {
    mappings,
    create: async (request) => {
      const { mapping, warnings } = await createdMapping(serverless, settings, request, Date.now())
      await functions.requireRunnable([mapping.functionKey])
      for (const line of warnings) log(line)
      const created = await add(mapping)
      created.start()
      return created
    },
    remove: (mapping) => mappings.splice(mappings.indexOf(mapping), 1),
  }
  const { controlPort } = custom
  const control = controlPort === undefined ? undefined : await startControlServer(set, controlPort)
  for (const line of settings.warnings) log(line)
  for (const line of unresolvedVariables(serverless, functions.keys)) log(line)
  for (const mapping of mappings) mapping.start()

  const stop = async () => {
    const disabled = Promise.all(mappings.map((mapping) => mapping.disable()))
    await Promise.race([disabled, delay(custom.stopWithinSeconds * 1_000, undefined, { ref: false })])
    await functions.close()
    await Promise.race([disabled, delay(closeWithinMs, undefined, { ref: false })])
    destinations.close()
    await control?.close()
  }
  let stopping: Promise<void> | undefined
  return {
    mappings,
    controlUrl: control?.url,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

function eventSourceOf({ settings, access, uuid }: AccessibleMapping, region: string): EventSource {
  const bootstrapServers = access.brokers.join(',')
  const { source } = settings
  if (source.kind === 'kafka') return { eventSource: 'SelfManagedKafka', bootstrapServers }
  const eventSourceArn =
    source.arn ?? `arn:${awsPartition(region)}:kafka:${region}:${localAccount}:cluster/local/${uuid}`
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers }
}
