import { AppError, messageOf } from '../../lib/errors.ts'
import { encodeContinuation, type Task } from './tasks.ts'

/** The reserve is at most half of the timeout. */
const reserveMs = 30_000

/** Lambda's context object (developer guide, page `nodejs-context`). */
export type InvocationContext = {
  readonly invokedFunctionArn: string
  getRemainingTimeInMillis(): number
}

/** Returns true when the remaining time is needed for acknowledgements and the next invocation. */
export function nearsTimeout(context: InvocationContext): () => boolean {
  const reserved = Math.min(reserveMs, context.getRemainingTimeInMillis() / 2)
  return () => context.getRemainingTimeInMillis() < reserved
}

/**
 * Invokes this function again, asynchronously. Requires `lambda:InvokeFunction`, and `RecursiveLoop: Allow` for chains
 * of more than 16 invocations (page `invocation-recursion`). @throws NOT_CONTINUED
 */
export async function invokeAgain(context: InvocationContext, task: Task): Promise<void> {
  const { InvokeCommand, LambdaClient } = await import('./lambda-client.ts')
  const lambda = new LambdaClient({})
  try {
    const invocation = new InvokeCommand({
      FunctionName: context.invokedFunctionArn,
      InvocationType: 'Event',
      Payload: encodeContinuation(task),
    })
    await lambda.send(invocation)
  } catch (error) {
    throw new AppError(
      'NOT_CONTINUED',
      `Ingest stopped in "${task.key}" before its timeout, and could not invoke itself to continue: ${messageOf(error)}. The function requires lambda:InvokeFunction on itself.`,
      { retryable: true, cause: error },
    )
  } finally {
    lambda.destroy()
  }
}
