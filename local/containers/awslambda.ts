import type { Writable } from 'node:stream'
import { namedError } from './error-shape.ts'

/**
 * Lambda's Node.js runtimes define the global `awslambda`, which marks streaming handlers (page
 * `config-rs-write-functions`).
 */
const streaming = Symbol.for('aws.lambda.runtime.handler.streaming')

/** Defines `awslambda`, unless AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA disables it. */
export function defineAwsLambda(env: Readonly<Record<string, string | undefined>>): void {
  const off = env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA
  if (off === '1' || off === 'true') return
  const awslambda = {
    streamifyResponse: (handler: object) => Object.assign(handler, { [streaming]: 'response' }),
    HttpResponseStream: { from: withPrelude },
  }
  Object.assign(globalThis, { awslambda })
}

/** @throws Runtime.MalformedStreamingHandler for an unknown mark */
export function isStreaming(handler: object): boolean {
  const mark = (handler as { [streaming]?: unknown })[streaming]
  if (mark === undefined || mark === null || mark === false) return false
  if (mark === 'response') return true
  throw namedError('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.')
}

/** Writes status, headers and eight zero bytes before the body. */
function withPrelude<T extends Writable>(stream: T, prelude: object): T {
  stream.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]))
  return stream
}
