/**
 * What runs inside a container, in the place of Lambda's Node.js runtime: loads one handler, then answers one event at
 * a time on file descriptor 3 (frames.ts, protocol.ts). Ends when the pipe closes, so it never outlives its host.
 */
import { Socket } from 'node:net'
import { unpackEvent } from '../../lib/packed-event.ts'
import { invocationContext } from './context.ts'
import { readMessages, writeMessage } from './frames.ts'
import { invokeHandler } from './invoke-handler.ts'
import { type Handler, loadHandler } from './load-handler.ts'
import { watchLoadedFiles } from './loaded-files.ts'
import type { Answer, ErrorShape, FromContainer, Invoke, ToContainer } from './protocol.ts'

/** Lambda's limit on a result, in bytes (page `gettingstarted-limits`: 6 MB, and a little for the envelope). */
const maxResultBytes = 6_291_556

const host = new Socket({ fd: 3, readable: true, writable: true })
const loadedFiles = watchLoadedFiles()
let handler: Handler
let invoking = false

host.on('close', () => process.exit())
readMessages(host, ({ head, body }) => {
  const message = head as ToContainer
  if (message.type === 'load') void load(message.serviceDir, message.handler)
  else void invoke(message, body)
})

process.on('uncaughtException', (error) => die('Runtime.UncaughtException', error))
process.on('unhandledRejection', (reason) => die('Runtime.UnhandledPromiseRejection', reason))

async function load(serviceDir: string, name: string): Promise<void> {
  try {
    handler = await loadHandler(serviceDir, name)
    send({ type: 'loaded', files: loadedFiles() })
  } catch (error) {
    send({ type: 'not-loaded', error: shapeOfInitError(error) })
  }
}

async function invoke({ requestId, deadlineMs, packed }: Invoke, body: Buffer): Promise<void> {
  const context = invocationContext({ requestId, deadlineMs, env: process.env })
  invoking = true
  // While a handler runs, only its own work may keep the process alive: that is how an empty event loop shows.
  host.unref()
  try {
    const event: unknown = packed === undefined ? JSON.parse(body.toString()) : unpackEvent(packed, body)
    const result = encodeResult(await invokeHandler(handler, event, context))
    answer({}, result)
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

function encodeResult(result: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(result) ?? 'null')
  if (bytes.length <= maxResultBytes) return bytes
  const error = new Error(
    `Response payload size exceeded maximum allowed payload size (${maxResultBytes} bytes).`,
  )
  error.name = 'Function.ResponseSizeTooLarge'
  throw error
}

/** What nobody caught ends the process, after the invocation has its answer. */
function die(errorType: string, thrown: unknown): void {
  console.error(thrown)
  answer({ error: { ...shapeOfError(thrown), errorType }, fatal: true })
  host.end(() => process.exit(128))
}

function shapeOfError(thrown: unknown): ErrorShape {
  if (!(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
  }
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') }
}

/** Import failures get the names that Lambda's runtime gives them. */
function shapeOfInitError(thrown: unknown): ErrorShape {
  const shape = shapeOfError(thrown)
  if (thrown instanceof SyntaxError) return { ...shape, errorType: 'Runtime.UserCodeSyntaxError' }
  const code = (thrown as { code?: unknown } | null)?.code
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  return missing ? { ...shape, errorType: 'Runtime.ImportModuleError' } : shape
}

function send(head: FromContainer, body?: Buffer): void {
  writeMessage(host, head, body && [body])
}
