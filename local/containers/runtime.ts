/** Entry point of a Node.js container. */
import { defineAwsLambda } from './awslambda.ts'
import { logged } from './error-shape.ts'
import { functionArn } from './function-arn.ts'
import { type ContextFacts, invokeHandler, rejectCallbacks } from './invoke-handler.ts'
import { loadHandler } from './load-handler.ts'
import { watchLoadedFiles } from './loaded-files.ts'
import type { InvokeRequest, LoadRequest } from './protocol.ts'
import { type LoadedHandler, serveHost } from './serve-host.ts'

serveHost({ load, loadedFiles: watchLoadedFiles(), shapeOf: logged, endsWithFunction: true })

async function load(request: LoadRequest): Promise<LoadedHandler> {
  const { environment, runtime } = request
  replaceEnvironment(environment)
  defineAwsLambda(environment)
  const handler = await loadHandler(request)
  rejectCallbacks(handler, runtime)
  return async (event, invocation) => await invokeHandler(handler, runtime, event, contextFacts(invocation))
}

/** Reads the context object (page `nodejs-context`) from Lambda's variables. */
function contextFacts({ requestId, deadlineMs }: InvokeRequest): ContextFacts {
  const { env } = process
  const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? ''
  return {
    functionName,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
    invokedFunctionArn: functionArn(env.AWS_REGION ?? '', functionName),
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    awsRequestId: requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}

function replaceEnvironment(environment: LoadRequest['environment']): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, environment)
}
