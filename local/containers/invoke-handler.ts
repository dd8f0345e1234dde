import type { Context } from 'aws-lambda'
import type { Handler } from './load-handler.ts'

/**
 * Calls a handler as Lambda's Node.js runtimes up to 22 do: a promise is awaited; otherwise the callback gives the
 * result, which by default is sent only when the event loop is empty; a plain return value is ignored.
 * A promise that nothing will ever settle lets the process end, which is Lambda's Runtime.ExitError.
 */
export function invokeHandler(handler: Handler, event: unknown, context: Context): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let answer = () => resolve(null)
    let isOver = false
    const finish = () => {
      isOver = true
      process.off('beforeExit', finish)
      answer()
    }
    const called = (error?: unknown, result?: unknown) => {
      answer = () => (error === undefined || error === null ? resolve(result) : reject(error))
      if (!context.callbackWaitsForEmptyEventLoop) finish()
    }
    const returned = handler(event, context, called)
    if (isThenable(returned)) returned.then(resolve, reject)
    else if (!isOver) process.on('beforeExit', finish)
  })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
