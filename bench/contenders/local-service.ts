import { fileURLToPath } from 'node:url'
import type { ServerlessWithResources } from '../../local/kafka-event-source/settings/service.ts'

type ServiceOptions = {
  /** The window in seconds, as in serverless.yml; by default AWS's 0.5 s. */
  readonly batchingWindow?: number
  readonly countHandler?: string
  readonly batchSize?: number | undefined
}

/**
 * Builds the service that serverless would resolve from serverless.yml with this process's environment. Sets the
 * window in `resources`, because serverless rejects a window of 0.
 */
export function localService({
  batchingWindow,
  countHandler = 'functions/count/handler.handler',
  batchSize = 10_000,
}: ServiceOptions = {}): ServerlessWithResources {
  const { USERID = '', BROKERS = '', BUCKET = '', EMIT = 'every', AWS_ENDPOINT_URL_S3 = '' } = process.env
  // NODE_OPTIONS enables the profiler in the functions' containers too.
  const { NODE_OPTIONS } = process.env
  const environment = {
    ...{ USERID, BROKERS, EMIT, AWS_ENDPOINT_URL_S3 },
    ...(NODE_OPTIONS !== undefined && { NODE_OPTIONS }),
  }
  const reservedConcurrency = Number(process.env.COUNT_CONCURRENCY ?? 1)
  const functions = {
    ingest: {
      handler: 'functions/ingest/handler.handler',
      timeout: 900,
      events: [
        { s3: { bucket: BUCKET, event: 's3:ObjectCreated:*' } },
        { s3: { bucket: BUCKET, event: 's3:ObjectRemoved:*' } },
      ],
    },
    count: {
      handler: countHandler,
      timeout: 120,
      reservedConcurrency,
      events: [
        {
          kafka: {
            bootstrapServers: BROKERS.split(','),
            topic: `${USERID}.books`,
            consumerGroupId: `${USERID}.count`,
            startingPosition: 'TRIM_HORIZON',
            batchSize,
            accessConfigurations: {
              saslScram512Auth: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000',
            },
          },
        },
      ],
    },
  }
  const mappingId = 'CountEventSourceMappingKafka'
  const window = { MaximumBatchingWindowInSeconds: batchingWindow }
  return {
    classes: { Error },
    serviceDir: fileURLToPath(new URL('../..', import.meta.url)),
    service: {
      service: 'book-counts',
      provider: { memorySize: 1769, environment },
      functions,
      ...(batchingWindow !== undefined && {
        resources: { extensions: { [mappingId]: { Properties: window } } },
      }),
    },
    getProvider: () => ({
      getStage: () => 'dev',
      naming: {
        getKafkaEventLogicalId: () => mappingId,
        getMSKEventLogicalId: () => mappingId,
        getLambdaLogicalId: () => 'CountLambdaFunction',
      },
    }),
  }
}
