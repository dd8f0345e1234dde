import type { ContextFacts } from './invoke-handler.ts'

type Facts = {
  readonly requestId: string
  readonly deadlineMs: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const account = '000000000000'

/** Returns data of the context object (page `nodejs-context`) from Lambda's variables. */
export function contextFacts({ requestId, deadlineMs, env }: Facts): ContextFacts {
  const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? ''
  return {
    functionName,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:${account}:function:${functionName}`,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    awsRequestId: requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}
