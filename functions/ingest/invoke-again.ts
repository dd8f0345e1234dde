import { AppError, messageOf } from '../../lib/errors.ts'
import { encodeContinuation, type Task } from './tasks.ts'

/** Beyond half of the time at the most: a short time-out leaves time to do something before. */
const reserveMs = 30_000

/** What Lambda says of an invocation (AWS Lambda developer guide, page `nodejs-context`). */
export type InvocationContext = {
  readonly invokedFunctionArn: string
  getRemainingTimeInMillis(): number
}

/** True once only the time is left that it takes to have the last lines acknowledged and to hand on the rest. */
export function timeIsUpFor(context: InvocationContext): () => boolean {
  const reserved = Math.min(reserveMs, context.getRemainingTimeInMillis() / 2)
  return () => context.getRemainingTimeInMillis() < reserved
}

/**
 * Lets Lambda invoke this function again, asynchronously: with its retries and on-failure destination. That needs leave
 * to do so (`lambda:InvokeFunction`), and for a book of more than 16 times the function's time also
 * `RecursiveLoop: Allow`, since Lambda takes more for a mistake (page `invocation-recursion`); our own limit is
 * `mostInvocations`.
 * @throws NOT_CONTINUED
 */
export async function invokeAgain(context: InvocationContext, task: Task): Promise<void> {
  // Loaded when it is needed, which is next to never: it would lengthen every cold start.
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
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
      `Time was up for "${task.key}", and ingest could not be invoked again to go on: ${messageOf(error)}. It needs lambda:InvokeFunction for itself.`,
      { retryable: true, cause: error },
    )
  } finally {
    lambda.destroy()
  }
}
