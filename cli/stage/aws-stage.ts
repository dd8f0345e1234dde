import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { service } from '../../deploy/roles.ts'
import { functionNames, regionOf } from '../../deploy/settings.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { parsedJson } from '../../lib/json.ts'
import type { Env } from '../../lib/settings.ts'
import { SignedApi } from './signed-api.ts'
import type { AlarmState, FunctionState, StackState, StageMappingState } from './stage.ts'

export type ApiAccess = { readonly api?: string; readonly token?: string }

export type Stage = Omit<AwsStage, 'api' | 'close'>

/** A deployed stage, with the AWS credentials of the environment. */
export class AwsStage {
  readonly name: string
  readonly #region: string
  readonly #access: ApiAccess
  readonly #stackName: string
  readonly #cloudFormation: CloudFormationClient
  readonly #lambda: LambdaClient
  readonly #cloudWatch: CloudWatchClient
  readonly #sqs: SQSClient
  readonly #s3: S3Client
  #api: Promise<SignedApi> | undefined

  /** `api` overrides the API URL of the stack. `token` is for a stage with COUNTS_ACCESS=jwt. */
  constructor(name: string, env: Env, access: ApiAccess) {
    const region = regionOf(env)
    this.name = name
    this.#region = region
    this.#access = access
    this.#stackName = `${service}-${name}`
    const settings = { region, maxAttempts: 2 }
    this.#cloudFormation = new CloudFormationClient(settings)
    this.#lambda = new LambdaClient(settings)
    this.#cloudWatch = new CloudWatchClient(settings)
    this.#sqs = new SQSClient(settings)
    // A custom endpoint has no subdomain for each bucket.
    this.#s3 = new S3Client({ ...settings, forcePathStyle: Boolean(env.AWS_ENDPOINT_URL) })
  }

  /** @throws NOT_FOUND when this account and region have no such stack */
  async stack(): Promise<StackState> {
    const { Stacks = [] } = await this.#request(
      `Looking for the stack ${this.#stackName} in ${this.#region}`,
      () => this.#cloudFormation.send(new DescribeStacksCommand({ StackName: this.#stackName })),
    )
    const [stack] = Stacks
    const apiUrl = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'HttpApiUrl')?.OutputValue
    if (stack === undefined || apiUrl === undefined)
      throw missing(`The stack ${this.#stackName} in ${this.#region} has no API`)
    return { status: stack.StackStatus ?? 'UNKNOWN', apiUrl }
  }

  /** End of the last deploy: the time of the stack's newest event, because `LastUpdatedTime` is the start. */
  async deployedAt(): Promise<Date> {
    return this.#request(`Reading the events of the stack ${this.#stackName}`, async () => {
      const pages = paginateDescribeStackEvents(
        { client: this.#cloudFormation },
        { StackName: this.#stackName },
      )
      for await (const { StackEvents = [] } of pages) {
        const own = StackEvents.find(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId)
        if (own?.Timestamp !== undefined) return own.Timestamp
      }
      return new Date(0)
    })
  }

  /** Names are as in serverless.yml. */
  functions(): Promise<readonly FunctionState[]> {
    return Promise.all(functionNames.map((name) => this.#function(name)))
  }

  async mapping(): Promise<StageMappingState | undefined> {
    const FunctionName = `${this.#stackName}-count`
    const { EventSourceMappings: [mapping] = [] } = await this.#request(
      `Looking for the event source mapping of ${FunctionName}`,
      () => this.#lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
    )
    if (mapping === undefined) return undefined
    return {
      state: mapping.State ?? 'unknown',
      lastResult: mapping.LastProcessingResult ?? 'none yet',
      reason: mapping.StateTransitionReason,
    }
  }

  async alarms(): Promise<readonly AlarmState[]> {
    return this.#request('Reading the alarms', async () => {
      const alarms: AlarmState[] = []
      const pages = paginateDescribeAlarms(
        { client: this.#cloudWatch },
        { AlarmNamePrefix: `${this.#stackName}-` },
      )
      for await (const { MetricAlarms = [] } of pages) {
        for (const alarm of MetricAlarms)
          alarms.push({
            name: (alarm.AlarmName ?? '').slice(this.#stackName.length + 1),
            value: alarm.StateValue ?? 'INSUFFICIENT_DATA',
            reason: alarm.StateReason ?? '',
            notifies: alarm.ActionsEnabled !== false && (alarm.AlarmActions ?? []).length > 0,
          })
      }
      return alarms
    })
  }

  async waiting(): Promise<{ readonly failedIngests: number; readonly lostBatches: number }> {
    return this.#request('Reading the queues', async () => {
      const messagesOf = async (LogicalResourceId: string) => {
        const { StackResourceDetail: queue } = await this.#cloudFormation.send(
          new DescribeStackResourceCommand({ StackName: this.#stackName, LogicalResourceId }),
        )
        const { Attributes } = await this.#sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: queue?.PhysicalResourceId,
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        )
        return Number(Attributes?.ApproximateNumberOfMessages ?? 0)
      }
      return {
        failedIngests: await messagesOf('FailedIngestsQueue'),
        lostBatches: await messagesOf('LostBatchesQueue'),
      }
    })
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    this.#api ??= this.api()
    const response = await (await this.#api).send({ method: 'GET', path })
    const text = await response.text()
    return { status: response.status, body: parsedJson(text) ?? text }
  }

  /** @throws NOT_FOUND without the stack */
  async api(): Promise<SignedApi> {
    const { api, token } = this.#access
    return new SignedApi(api ?? (await this.stack()).apiUrl, this.#region, { service: 'execute-api', token })
  }

  async upload(key: string, text: string): Promise<void> {
    const Bucket = await this.#bucket()
    const put = new PutObjectCommand({ Bucket, Key: key, Body: text, ContentType: 'text/plain' })
    await this.#request(`Uploading ${key} to ${Bucket}`, () => this.#s3.send(put))
  }

  async remove(key: string): Promise<void> {
    const Bucket = await this.#bucket()
    await this.#request(`Removing ${key} from ${Bucket}`, () =>
      this.#s3.send(new DeleteObjectCommand({ Bucket, Key: key })),
    )
  }

  close(): void {
    for (const client of [this.#cloudFormation, this.#lambda, this.#cloudWatch, this.#sqs, this.#s3])
      client.destroy()
  }

  async #bucket(): Promise<string> {
    const { environment } = await this.#function('uploads')
    if (environment.BUCKET === undefined)
      throw missing('The function uploads has no environment variable BUCKET')
    return environment.BUCKET
  }

  async #function(name: string): Promise<FunctionState> {
    const FunctionName = `${this.#stackName}-${name}`
    const found = await this.#request(`Looking for the function ${FunctionName}`, () =>
      this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    )
    return {
      name,
      runtime: found.Runtime ?? 'unknown',
      state: found.State ?? 'Active',
      lastUpdateStatus: found.LastUpdateStatus ?? 'Successful',
      changedAt: new Date(found.LastModified ?? 0),
      code: (found.CodeSha256 ?? '').slice(0, 8),
      environment: found.Environment?.Variables ?? {},
    }
  }

  /** @throws NOT_FOUND for a missing resource; otherwise PROCESS_FAILED with the service's message */
  async #request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send()
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const text = messageOf(cause)
      if (/does not exist|not found|ResourceNotFound|NoSuch/i.test(`${(cause as Error).name} ${text}`)) {
        throw missing(`${doing} failed: ${text.replace(/\.$/, '')}`, cause)
      }
      const message = `${doing} failed: ${text.replace(/\.$/, '')}. Check the credentials, their permissions, and AWS_REGION.`
      throw new AppError('PROCESS_FAILED', message, { cause })
    }
  }
}

function missing(why: string, cause?: unknown): AppError {
  return new AppError('NOT_FOUND', `${why}. Check that the stage is deployed in this account and region.`, {
    cause,
  })
}
