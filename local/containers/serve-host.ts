/**
 * Loads one function, then processes one event at a time from file descriptor 3. Exits when the host closes the pipe.
 */
import { Socket } from 'node:net'
import { unpackEvent } from '../../lambda/packed-event.ts'
import { logged, namedError, unhandledRejection } from './error-shape.ts'
import { readMessages, writeMessage } from './frames.ts'
import type {
  ErrorShape,
  FromContainer,
  InvokeRequest,
  InvokeResponse,
  LoadRequest,
  ToContainer,
} from './protocol.ts'

/** Returns JSON. @throws the error of the function */
export type LoadedHandler = (event: unknown, invocation: InvokeRequest) => Promise<Buffer>

export type ContainerRuntime = {
  load(message: LoadRequest): Promise<LoadedHandler>
  loadedFiles(): readonly string[]
  shapeOf(thrown: unknown): ErrorShape
  /** Allows the event loop to become empty, so that `beforeExit` detects a handler that never settles. */
  readonly endsWithFunction: boolean
}

/** Lambda's limit for a result in bytes (page `gettingstarted-limits`: 6 MB, plus the envelope). */
const maxResultBytes = 6_291_556

export function serveHost(runtime: ContainerRuntime): void {
  const host = new Socket({ fd: 3, readable: true, writable: true })
  let handler: LoadedHandler | undefined
  let invoking = false

  const send = (head: FromContainer, body?: Buffer) => writeMessage(host, head, body && [body])

  const load = async (message: LoadRequest) => {
    try {
      handler = await runtime.load(message)
      send({ type: 'loaded', files: runtime.loadedFiles() })
    } catch (error) {
      send({ type: 'not-loaded', error: runtime.shapeOf(error) })
    }
  }

  const invoke = async (message: InvokeRequest, body: Buffer) => {
    invoking = true
    if (runtime.endsWithFunction) host.unref()
    try {
      const { packed } = message
      const event: unknown = packed === undefined ? JSON.parse(body.toString()) : unpackEvent(packed, body)
      respond({}, limited(await handler!(event, message)))
    } catch (error) {
      respond({ error: runtime.shapeOf(error) })
    }
  }

  const respond = (outcome: Pick<InvokeResponse, 'error' | 'fatal'>, result?: Buffer) => {
    if (!invoking) return
    invoking = false
    host.ref()
    send({ type: 'response', ...outcome, files: runtime.loadedFiles() }, result)
  }

  const exitWith = (thrown: unknown, exitCode: number) => {
    const error = logged(thrown)
    if (handler === undefined) send({ type: 'not-loaded', error })
    else respond({ error, fatal: true })
    host.end(() => process.exit(exitCode))
  }

  host.on('close', () => process.exit())
  process.on('uncaughtException', (error) => exitWith(error, 129))
  process.on('unhandledRejection', (reason) => exitWith(unhandledRejection(reason), 128))
  readMessages(host, ({ head, body }) => {
    const message = head as ToContainer
    if (message.type === 'load') void load(message)
    else void invoke(message, body)
  })
}

function limited(result: Buffer): Buffer {
  if (result.length <= maxResultBytes) return result
  throw namedError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${maxResultBytes} bytes).`,
  )
}
