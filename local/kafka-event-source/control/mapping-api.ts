import { defaultWindowMs } from '../batch/window.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { formatValue, isPlainObject, type PlainObject } from '../settings/problems.ts'

export class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

const invalid = (message: string) => new ApiError(400, 'InvalidParameterValueException', message)

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
    ...(end < wanted.length && { NextMarker: String(end) }),
  }
}

/** Implements `GetEventSourceMapping`, extended by `Metrics`. */
export async function describeMapping(mapping: EventSourceMapping): Promise<object> {
  const { settings, uuid, groupId } = mapping.mapping
  const { eventSourceArn } = mapping.source
  const group = { ConsumerGroupId: groupId }
  const { startingPosition, onFailure, patterns, provisioned } = settings
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
    BatchSize: mapping.changeable.batchSize,
    ...(mapping.changeable.windowMs !== defaultWindowMs && {
      MaximumBatchingWindowInSeconds: mapping.changeable.windowMs / 1_000,
    }),
    StartingPosition: startingPosition.type,
    ...(startingPosition.type === 'AT_TIMESTAMP' && {
      StartingPositionTimestamp: startingPosition.timestampMs / 1_000,
    }),
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    MaximumRecordAgeInSeconds: settings.maximumRecordAgeSeconds,
    BisectBatchOnFunctionError: settings.bisectBatchOnFunctionError,
    FunctionResponseTypes: settings.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    SourceAccessConfigurations: settings.access.map(({ type, uri }) => ({ Type: type, URI: uri })),
    ...(patterns.length > 0 && { FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) } }),
    ...(onFailure !== undefined && {
      DestinationConfig: { OnFailure: { Destination: onFailure.target } },
    }),
    ...(provisioned !== undefined && {
      ProvisionedPollerConfig: {
        MinimumPollers: provisioned.minimumPollers,
        MaximumPollers: provisioned.maximumPollers,
      },
    }),
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
export async function createMapping(set: MappingSet, request: unknown): Promise<object> {
  if (!isPlainObject(request)) throw invalid('The request must be a JSON object.')
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
  const {
    FunctionName: name,
    Topics: topics,
    EventSourceArn: arn,
    SelfManagedEventSource: selfManaged,
  } = request
  const { source, topic } = mapping.mapping.settings
  const endpoints =
    isPlainObject(selfManaged) && isPlainObject(selfManaged.Endpoints) ? selfManaged.Endpoints : {}
  const servers = String(endpoints.KAFKA_BOOTSTRAP_SERVERS)
  return (
    matchesFunction(mapping, String(name)) &&
    String(topics) === topic &&
    (source.kind === 'msk' ? source.arn === arn : String(source.bootstrapServers) === servers)
  )
}

/** Implements `DeleteEventSourceMapping`. The next start creates the mapping again. */
export async function deleteMapping(set: MappingSet, mapping: EventSourceMapping): Promise<object> {
  // The response does not wait for running batches.
  void mapping.delete().then(() => set.remove(mapping))
  return describeMapping(mapping)
}

export async function updateMapping(mapping: EventSourceMapping, request: unknown): Promise<object> {
  if (!isPlainObject(request)) throw invalid('The request must be a JSON object.')
  const changes = readChanges(mapping, request)
  if (changes.batchSize !== undefined) mapping.changeable.batchSize = changes.batchSize
  if (changes.windowMs !== undefined) mapping.changeable.windowMs = changes.windowMs
  mapping.lastModified = new Date()
  // The response does not wait for running batches.
  if (changes.enabled === true) void mapping.enable()
  if (changes.enabled === false) void mapping.disable()
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
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  throw invalid(`${key} must be an integer from ${min} to ${max}, not ${formatValue(value)}.`)
}

function matchesFunction({ functionArn }: EventSourceMapping, name: string): boolean {
  const [, plain = ''] = functionArn.split(':function:')
  return name === functionArn || name === plain || functionArn.endsWith(`:${name}`)
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
