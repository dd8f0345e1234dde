import { once } from 'node:events'
import { Writable } from 'node:stream'
import type { Context } from 'aws-lambda'
import { isStreaming } from './awslambda.ts'
import { namedError } from './error-shape.ts'
import type { FunctionHandler } from './load-handler.ts'
import { removesCallbacks } from './node-runtime.ts'

export type ContextFacts = Omit<Context, 'callbackWaitsForEmptyEventLoop' | 'done' | 'fail' | 'succeed'>

/**
 * Calls a handler once and returns its result as JSON, like the versions of AWS's client that load-handler.ts names.
 * @throws the handler's error; Runtime.NodeJsExit when an async function never settles
 */
export async function invokeHandler(
  handler: FunctionHandler,
  runtime: string,
  event: unknown,
  facts: ContextFacts,
): Promise<Buffer> {
  if (isStreaming(handler)) return await invokeStreaming(handler, event, facts)
  if (removesCallbacks(runtime)) return inJson(await handler(event, facts), 'Runtime.JSONStringifyError')
  return inJson(await invokeWithCallbacks(handler, event, facts), 'Error')
}

/** @throws Runtime.CallbackHandlerDeprecated if the runtime does not support callbacks */
export function rejectCallbacks(handler: FunctionHandler, runtime: string): void {
  if (!removesCallbacks(runtime) || handler.length < 3 || isStreaming(handler)) return
  throw namedError(
    'Runtime.CallbackHandlerDeprecated',
    `ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24, and this function runs on ${runtime}. Return a promise instead. See https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.`,
  )
}

/**
 * Implements version 3. The first outcome counts. A promise, `context.succeed`, `context.done` and errors take
 * effect immediately. The callback's result takes effect when the event loop is empty, unless
 * `callbackWaitsForEmptyEventLoop` is false. An empty event loop without an outcome means failure of an async
 * function, and null from any other.
 */
function invokeWithCallbacks(
  handler: FunctionHandler,
  event: unknown,
  facts: ContextFacts,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isReported = false
    const finish = (report: () => void) => {
      process.off('beforeExit', onEmpty)
      report()
    }
    let whenEmpty = () => (isAsync(handler) ? reject(unsettledPromise()) : resolve(null))
    const onEmpty = () => finish(() => whenEmpty())
    const first =
      (report: (...values: unknown[]) => void) =>
      (...values: unknown[]) => {
        if (isReported) return
        isReported = true
        report(...values)
      }
    const done = (error?: unknown, result?: unknown) =>
      finish(() => (isNone(error) ? resolve(result) : reject(error)))
    const callback = (error?: unknown, result?: unknown) => {
      if (isNone(error) && context.callbackWaitsForEmptyEventLoop) whenEmpty = () => resolve(result)
      else done(error, result)
    }
    const context: Context = {
      ...facts,
      callbackWaitsForEmptyEventLoop: true,
      done: first(done),
      succeed: first((result) => done(null, result)),
      fail: first((error) => done(isNone(error) ? 'handled' : error)),
    }
    process.on('beforeExit', onEmpty)
    try {
      const returned = handler(event, context, first(callback))
      if (isThenable(returned)) returned.then(context.succeed, context.fail)
    } catch (error) {
      first(done)(error)
    }
  })
}

/** Collects the bytes of the stream, as `Invoke` of the Lambda API does. */
async function invokeStreaming(
  handler: FunctionHandler,
  event: unknown,
  facts: ContextFacts,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stream = new Writable({
    objectMode: true,
    write(chunk: unknown, _encoding, written) {
      chunks.push(bytesOf(chunk))
      written()
    },
  })
  Object.assign(stream, { setContentType: () => undefined })
  const returned = handler(event, stream, { ...facts, callbackWaitsForEmptyEventLoop: true })
  if (!isThenable(returned)) throw new Error('Streaming does not support non-async handlers.')
  if ((await returned) !== undefined) console.warn('Streaming handlers ignore return values.')
  if (!stream.writableFinished) await once(stream, 'finish')
  return Buffer.concat(chunks)
}

function bytesOf(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk)
  return Buffer.from(typeof chunk === 'string' ? chunk : JSON.stringify(chunk))
}

function inJson(result: unknown, errorName: string): Buffer {
  try {
    return Buffer.from(JSON.stringify(result) ?? 'null')
  } catch {
    throw namedError(errorName, 'Unable to stringify response body')
  }
}

function unsettledPromise(): Error {
  return namedError(
    'Runtime.NodeJsExit',
    'The event loop is empty, so the promise of the handler can never settle.',
  )
}

function isAsync(handler: FunctionHandler): boolean {
  return handler.constructor.name === 'AsyncFunction'
}

function isNone(error: unknown): error is null | undefined {
  return error === undefined || error === null
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
