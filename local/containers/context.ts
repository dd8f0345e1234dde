import type { Context } from 'aws-lambda'

type Facts = {
  readonly requestId: string
  readonly deadlineMs: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const account = '000000000000'

/** The handler's second argument (AWS Lambda developer guide, page `nodejs-context`), from Lambda's own variables. */
export function invocationContext({ requestId, deadlineMs, env }: Facts): Context {
  const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? ''
  const ended = () => {
    throw new Error('context.done, fail and succeed are gone from Lambda; return a value or throw.')
  }
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:${account}:function:${functionName}`,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    awsRequestId: requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: ended,
    fail: ended,
    succeed: ended,
  }
}
