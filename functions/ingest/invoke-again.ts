import { AppError, messageOf } from '../../lib/errors.ts'
import { encodeContinuation, type Task } from './tasks.ts'

/** Time kept for the end of an invocation, limited to half of its timeout. */
const reserveMs = 30_000

/** From Lambda's context object (AWS Lambda developer guide, page `nodejs-context`). */
export type InvocationContext = {
  readonly invokedFunctionArn: string
  getRemainingTimeInMillis(): number
}

/** Returns true when the remaining time is needed to await acknowledgements and to invoke the function again. */
export function nearsTimeout(context: InvocationContext): () => boolean {
  const reserved = Math.min(reserveMs, context.getRemainingTimeInMillis() / 2)
  return () => context.getRemainingTimeInMillis() < reserved
}

/**
 * Invokes this function again asynchronously, with Lambda's retries and on-failure destination. Requires permission for
 * `lambda:InvokeFunction`. More than 16 invocations also require `RecursiveLoop: Allow`, because Lambda stops longer
 * chains (page `invocation-recursion`). Our own limit is `mostInvocations`.
 * @throws NOT_CONTINUED
 */
export async function invokeAgain(context: InvocationContext, task: Task): Promise<void> {
  // Imported lazily: rarely needed, and it would lengthen every cold start.
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
      `The timeout of ingest was near for "${task.key}", and ingest could not be invoked again to continue: ${messageOf(error)}. The function requires lambda:InvokeFunction on itself.`,
      { retryable: true, cause: error },
    )
  } finally {
    lambda.destroy()
  }
}
