/**
 * What runs inside a container, in the place of Lambda's Node.js runtime: loads one handler, then answers one event at
 * a time on file descriptor 3 (frames.ts, protocol.ts). Ends when the pipe closes, so it never outlives its host.
 */
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { unpackEvent } from '../../lib/packed-event.ts'
import { defineAwsLambda } from './awslambda.ts'
import { contextFacts } from './context.ts'
import { shapeOfError, unhandledRejection } from './error-shape.ts'
import { readMessages, writeMessage } from './frames.ts'
import { invokeHandler, refuseCallbacks } from './invoke-handler.ts'
import { type Handler, loadHandler } from './load-handler.ts'
import { watchLoadedFiles } from './loaded-files.ts'
import { defaultRuntime } from './node-runtime.ts'
import type { Answer, FromContainer, Invoke, Load, ToContainer } from './protocol.ts'

const require = createRequire(import.meta.url)

/** Lambda's limit on a result, in bytes (page `gettingstarted-limits`: 6 MB, and a little for the envelope). */
const maxResultBytes = 6_291_556

const host = new Socket({ fd: 3, readable: true, writable: true })
const loadedFiles = watchLoadedFiles()
let handler: Handler
let runtime = defaultRuntime
let isLoaded = false
let invoking = false

host.on('close', () => process.exit())
readMessages(host, ({ head, body }) => {
  const message = head as ToContainer
  if (message.type === 'load') void load(message)
  else void invoke(message, body)
})

process.on('uncaughtException', (error) => die(error, 129))
process.on('unhandledRejection', (reason) => die(unhandledRejection(reason), 128))

async function load({ environment, typescript, ...source }: Load): Promise<void> {
  try {
    replaceEnvironment(environment)
    defineAwsLambda(environment)
    const enableTypeScript = async () => registerAll(typescript, source.handler)
    handler = await loadHandler({ ...source, enableTypeScript })
    refuseCallbacks(handler, source.runtime)
    runtime = source.runtime
    isLoaded = true
    send({ type: 'loaded', files: loadedFiles() })
  } catch (error) {
    send({ type: 'not-loaded', error: shapeOfError(error) })
  }
}

/** Process and handler share one object: changed in place, so that no variable of the host is left. */
function replaceEnvironment(environment: Load['environment']): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, environment)
}

function registerAll(modules: readonly string[], handler: string): void {
  if (modules.length === 0) {
    throw new Error(
      `The handler ${handler} is in TypeScript. Install tsx in the service: npm install --save-dev tsx`,
    )
  }
  process.setSourceMapsEnabled(true)
  for (const module of modules) (require(module) as { register(): unknown }).register()
}

async function invoke({ requestId, deadlineMs, packed }: Invoke, body: Buffer): Promise<void> {
  const facts = contextFacts({ requestId, deadlineMs, env: process.env })
  invoking = true
  // While a handler runs, only its own work may keep the process alive: that is how an empty event loop shows.
  host.unref()
  try {
    const event: unknown = packed === undefined ? JSON.parse(body.toString()) : unpackEvent(packed, body)
    answer({}, limited(await invokeHandler(handler, runtime, event, facts)))
  } catch (error) {
    answer({ error: shapeOfError(error) })
  }
}

function answer(outcome: Pick<Answer, 'error' | 'fatal'>, result?: Buffer): void {
  if (!invoking) return
  invoking = false
  host.ref()
  send({ type: 'answer', ...outcome, files: loadedFiles() }, result)
}

function limited(result: Buffer): Buffer {
  if (result.length <= maxResultBytes) return result
  const error = new Error(
    `Response payload size exceeded maximum allowed payload size (${maxResultBytes} bytes).`,
  )
  error.name = 'Function.ResponseSizeTooLarge'
  throw error
}

/** An error that the handler did not catch ends the process, after the invocation has its answer. */
function die(thrown: unknown, exitCode: number): void {
  console.error(thrown)
  const error = shapeOfError(thrown)
  if (isLoaded) answer({ error, fatal: true })
  else send({ type: 'not-loaded', error })
  host.end(() => process.exit(exitCode))
}

function send(head: FromContainer, body?: Buffer): void {
  writeMessage(host, head, body && [body])
}
