import { defaultWindowMs } from '../batch/window.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { requestedServers } from '../settings/created-mapping.ts'
import { formatValue, isInteger, type PlainObject } from '../settings/problems.ts'

export class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

export function invalid(message: string): ApiError {
  return new ApiError(400, 'InvalidParameterValueException', message)
}

/** Implements `ListEventSourceMappings`, by FunctionName (name or ARN) and EventSourceArn. */
export async function listMappings(
  mappings: readonly EventSourceMapping[],
  query: URLSearchParams,
): Promise<object> {
  const functionName = query.get('FunctionName')
  const arn = query.get('EventSourceArn')
  const wanted = mappings.filter(
    (mapping) =>
      (functionName === null || matchesFunction(mapping, functionName)) &&
      (arn === null || mapping.source.eventSourceArn === arn),
  )
  const start = integer('Marker', Number(query.get('Marker') ?? 0), 0, wanted.length)
  const end = start + integer('MaxItems', Number(query.get('MaxItems') ?? 100), 1, 10_000)
  return {
    EventSourceMappings: await Promise.all(wanted.slice(start, end).map(describeMapping)),
    NextMarker: end < wanted.length ? String(end) : undefined,
  }
}

/** Implements `GetEventSourceMapping`, extended by `Metrics`. The response's JSON omits undefined properties. */
export async function describeMapping(mapping: EventSourceMapping): Promise<object> {
  const { settings, uuid, groupId } = mapping.mapping
  const { eventSourceArn } = mapping.source
  const group = { ConsumerGroupId: groupId }
  const { startingPosition, onFailure, provisioned } = settings
  const { batchSize, windowMs } = mapping.changeable
  const filters = settings.patterns.map((pattern) => ({ Pattern: pattern }))
  return {
    UUID: uuid,
    FunctionArn: mapping.functionArn,
    ...(eventSourceArn === undefined
      ? {
          SelfManagedEventSource: {
            Endpoints: { KAFKA_BOOTSTRAP_SERVERS: mapping.source.bootstrapServers.split(',') },
          },
          SelfManagedKafkaEventSourceConfig: group,
        }
      : { EventSourceArn: eventSourceArn, AmazonManagedKafkaEventSourceConfig: group }),
    Topics: [settings.topic],
    State: mapping.state,
    StateTransitionReason: mapping.stateReason ?? 'USER_INITIATED',
    LastModified: mapping.lastModified.getTime() / 1_000,
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: windowMs === defaultWindowMs ? undefined : windowMs / 1_000,
    StartingPosition: startingPosition.type,
    StartingPositionTimestamp:
      startingPosition.type === 'AT_TIMESTAMP' ? startingPosition.timestampMs / 1_000 : undefined,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    MaximumRecordAgeInSeconds: settings.maximumRecordAgeSeconds,
    BisectBatchOnFunctionError: settings.bisectBatchOnFunctionError,
    FunctionResponseTypes: settings.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    SourceAccessConfigurations: settings.access.map(({ type, uri }) => ({ Type: type, URI: uri })),
    FilterCriteria: filters.length > 0 ? { Filters: filters } : undefined,
    DestinationConfig: onFailure && { OnFailure: { Destination: onFailure.target } },
    ProvisionedPollerConfig: provisioned && {
      MinimumPollers: provisioned.minimumPollers,
      MaximumPollers: provisioned.maximumPollers,
    },
    Metrics: await metricsOf(mapping),
    // Reads this after `metricsOf`, so that it is not older than the counters.
    LastProcessingResult: mapping.lastProcessingResult,
  }
}

export type MappingSet = {
  readonly mappings: readonly EventSourceMapping[]
  /** @throws an error with every problem */
  create(request: PlainObject): Promise<EventSourceMapping>
  remove(mapping: EventSourceMapping): void
}

/** Implements `CreateEventSourceMapping`. The mapping exists until the service stops. */
export async function createMapping(set: MappingSet, request: PlainObject): Promise<object> {
  const existing = set.mappings.find((mapping) => hasSameSource(mapping, request))
  if (existing !== undefined) {
    const { uuid } = existing.mapping
    const message = `This function already has a mapping of this topic. Update or delete the mapping ${uuid}.`
    throw new ApiError(409, 'ResourceConflictException', message)
  }
  const created = await set.create(request).catch((error: Error) => {
    throw invalid(error.message)
  })
  return describeMapping(created)
}

function hasSameSource(mapping: EventSourceMapping, request: PlainObject): boolean {
  const { source, topic } = mapping.mapping.settings
  return (
    matchesFunction(mapping, String(request.FunctionName)) &&
    String(request.Topics) === topic &&
    (source.kind === 'msk'
      ? source.arn === request.EventSourceArn
      : String(source.bootstrapServers) === String(requestedServers(request)))
  )
}

/** Implements `DeleteEventSourceMapping`. The next start creates the mapping again. */
export async function deleteMapping(set: MappingSet, mapping: EventSourceMapping): Promise<object> {
  // The response does not wait for running batches.
  void mapping.delete().then(() => set.remove(mapping))
  return describeMapping(mapping)
}

export async function updateMapping(mapping: EventSourceMapping, request: PlainObject): Promise<object> {
  const { enabled, ...changed } = readChanges(mapping, request)
  Object.assign(mapping.changeable, changed)
  mapping.lastModified = new Date()
  if (enabled !== undefined) void (enabled ? mapping.enable() : mapping.disable())
  return describeMapping(mapping)
}

type Changes = { enabled?: boolean; batchSize?: number; windowMs?: number }

/** @throws InvalidParameterValueException for invalid values and other keys */
function readChanges(mapping: EventSourceMapping, request: PlainObject): Changes {
  const changes: Changes = {}
  for (const [key, value] of Object.entries(request)) {
    switch (key) {
      case 'FunctionName':
        if (!matchesFunction(mapping, String(value)))
          throw invalid('The function of a mapping cannot be changed here.')
        break
      case 'Enabled':
        if (typeof value !== 'boolean')
          throw invalid(`Enabled must be true or false, not ${formatValue(value)}.`)
        changes.enabled = value
        break
      case 'BatchSize':
        changes.batchSize = integer(key, value, 1, 10_000)
        break
      case 'MaximumBatchingWindowInSeconds':
        changes.windowMs = 1_000 * integer(key, value, 0, 300)
        break
      default:
        throw invalid(`${key} cannot be changed here; change serverless.yml and start again.`)
    }
  }
  return changes
}

function integer(key: string, value: unknown, min: number, max: number): number {
  if (isInteger(value, min, max)) return value
  throw invalid(`${key} must be an integer from ${min} to ${max}, not ${formatValue(value)}.`)
}

function matchesFunction({ functionArn }: EventSourceMapping, name: string): boolean {
  return name === functionArn || functionArn.endsWith(`:${name}`)
}

async function metricsOf(mapping: EventSourceMapping): Promise<object> {
  const lag = await mapping.lag()
  const lags = [...lag.values()]
  return {
    ...mapping.counters,
    MaxOffsetLag: Math.max(0, ...lags),
    SumOffsetLag: lags.reduce((sum, one) => sum + one, 0),
    OffsetLag: Object.fromEntries(lag),
  }
}
