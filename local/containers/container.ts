import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { PackedEvent } from '../../lambda/packed-event.ts'
import { handlerEnvironment } from './environment.ts'
import { shapeOfError } from './error-shape.ts'
import { type PipeMessage, readMessages, writeMessage } from './frames.ts'
import type { FunctionSettings } from './function-settings.ts'
import { LoadedCode } from './loaded-code.ts'
import { exited, failure, type InvocationFailure, type InvocationOutcome, timedOut } from './outcome.ts'
import { readLines } from './output.ts'
import { signalGroup } from './process-group.ts'
import type { ErrorShape, FromContainer, InvokeResponse, ToContainer } from './protocol.ts'
import { spawnContainer, typescriptModules } from './spawn-container.ts'
import { guard, release } from './watchdog.ts'

/** Lambda allows 10 s to load a handler, then retries (page `lambda-runtime-environment`). */
const initLimitMs = 10_000

export type OutputLine = {
  readonly label: string
  readonly requestId: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
}

export type EventPayload = Buffer | PackedEvent

type RunningInvocation = {
  readonly requestId: string
  readonly resolve: (outcome: InvocationOutcome) => void
}

/** A process with one loaded handler that processes one event at a time. */
export class Container {
  readonly slot: number
  stickyKey: string | undefined
  readonly #settings: FunctionSettings
  readonly #child: ChildProcess
  readonly #pipe: Duplex
  readonly #code = new LoadedCode()
  readonly #ended: () => void
  readonly #output: { flush(): void }[]
  readonly #loaded: Promise<InvocationFailure | undefined>
  readonly #exited: Promise<void>
  #resolveExited: () => void = () => undefined
  #resolveLoaded: (failure: InvocationFailure | undefined) => void = () => undefined
  #invocation: RunningInvocation | undefined
  #requestId = 'init'
  #alive = true
  #ending = false
  #frozen = false

  constructor(
    settings: FunctionSettings,
    slot: number,
    events: { onOutput(line: OutputLine): void; onEnd(container: Container): void },
  ) {
    this.slot = slot
    this.#settings = settings
    this.#ended = () => events.onEnd(this)
    this.#loaded = new Promise((resolve) => {
      this.#resolveLoaded = resolve
    })
    this.#exited = new Promise((resolve) => {
      this.#resolveExited = resolve
    })
    this.#child = spawnContainer(settings, slot)
    this.#pipe = this.#child.stdio[3] as Duplex
    if (this.#child.pid !== undefined) guard(this.#child.pid)
    // Ignores failed writes to an ended process, because 'exit' reports its end.
    this.#pipe.on('error', () => undefined)
    readMessages(this.#pipe, (message) => this.#receive(message))
    this.#output = (['stdout', 'stderr'] as const).map((stream) =>
      readLines(this.#child[stream]!, (line) =>
        events.onOutput({ label: settings.label, requestId: this.#requestId, stream, line }),
      ),
    )
    this.#child.on('error', (error) => this.#exit(notStarted(error)))
    this.#child.on('exit', (code, signal) => this.#exit(exited(this.#requestId, code, signal)))
    void this.#load()
  }

  get busy(): boolean {
    return this.#invocation !== undefined
  }

  get ended(): boolean {
    return this.#ending || !this.#alive
  }

  /** Returns true when a loaded file was edited. */
  get stale(): boolean {
    return this.#code.edited()
  }

  /** Never rejects. */
  async invoke(requestId: string, event: EventPayload): Promise<InvocationOutcome> {
    const outcome = await new Promise<InvocationOutcome>((resolve) => {
      this.#invocation = { requestId, resolve }
      this.#requestId = requestId
      void this.#start(this.#invocation, event)
    })
    this.#invocation = undefined
    return outcome
  }

  freeze(): void {
    if (this.ended) return
    this.#signal('SIGSTOP')
    this.#frozen = true
  }

  /** Kills the process and resolves when it has exited. Idempotent. */
  end(): Promise<void> {
    this.#ending = true
    this.#signal('SIGKILL')
    return this.#exited
  }

  async #load(): Promise<void> {
    const { handler, runtime, serviceDir, code = { folder: serviceDir }, offline } = this.#settings
    try {
      if ('artifact' in code) this.#code.add([code.artifact.file])
      this.#send({
        type: 'load',
        handler,
        runtime,
        serviceDir,
        ...(offline && { offline }),
        codeDir: 'artifact' in code ? await code.artifact.codeDir() : code.folder,
        environment: handlerEnvironment(this.#settings, process.env, logStreamName(new Date())),
        typescript: typescriptModules(serviceDir),
      })
    } catch (error) {
      this.#notLoaded(shapeOfError(error))
    }
  }

  #notLoaded(error: ErrorShape): void {
    this.#resolveLoaded(failure('init', 'init', error))
    void this.end()
  }

  async #start(invocation: RunningInvocation, event: EventPayload): Promise<void> {
    const { requestId, resolve } = invocation
    const { timeoutMs, noTimeout, inspect } = this.#settings
    if (this.#frozen) this.#signal('SIGCONT')
    this.#frozen = false
    const limit = (ms: number) =>
      inspect === undefined && !noTimeout ? setTimeout(() => this.#timeOut(invocation), ms) : undefined

    const loading = limit(initLimitMs + timeoutMs)
    const notLoaded = await this.#loaded
    clearTimeout(loading)
    if (notLoaded !== undefined) return resolve({ ...notLoaded, requestId })

    const running = limit(timeoutMs)
    this.#invocation = {
      requestId,
      resolve: (outcome) => {
        clearTimeout(running)
        resolve(outcome)
      },
    }
    const deadlineMs = Date.now() + timeoutMs
    if (Buffer.isBuffer(event)) this.#send({ type: 'invoke', requestId, deadlineMs }, [event])
    else this.#send({ type: 'invoke', requestId, deadlineMs, packed: event.head }, event.body)
  }

  #timeOut({ requestId, resolve }: RunningInvocation): void {
    void this.end()
    resolve(timedOut(requestId, this.#settings.timeoutMs))
  }

  #receive({ head, body }: PipeMessage): void {
    const message = head as FromContainer
    switch (message.type) {
      case 'loaded':
        this.#code.add(message.files)
        this.#resolveLoaded(undefined)
        break
      case 'not-loaded':
        this.#notLoaded(message.error)
        break
      case 'response':
        this.#code.add(message.files)
        if (message.fatal === true) void this.end()
        this.#respond(outcomeOf(this.#requestId, message, body))
        break
      default:
        message satisfies never
    }
  }

  /** Waits one turn of the event loop, so that the handler's output is logged before its outcome. */
  #respond(outcome: InvocationOutcome): void {
    const invocation = this.#invocation
    setImmediate(() => {
      for (const output of this.#output) output.flush()
      invocation?.resolve(outcome)
    })
  }

  #exit(why: InvocationFailure): void {
    if (!this.#alive) return
    this.#alive = false
    const { pid } = this.#child
    if (pid !== undefined) {
      signalGroup(pid, 'SIGKILL')
      release(pid)
    }
    this.#resolveLoaded(why.kind === 'crash' ? { ...why, kind: 'init' } : why)
    this.#respond(why)
    this.#resolveExited()
    this.#ended()
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#alive && this.#child.pid !== undefined) signalGroup(this.#child.pid, signal)
  }

  #send(head: ToContainer, body?: readonly Buffer[]): void {
    writeMessage(this.#pipe, head, body)
  }
}

function outcomeOf(requestId: string, { error, fatal }: InvokeResponse, body: Buffer): InvocationOutcome {
  if (error === undefined) return { ok: true, requestId, payload: body.toString() }
  return failure(requestId, fatal === true ? 'crash' : 'handler', error)
}

/** A process that cannot be started is not an error of the function. */
function notStarted(error: Error): InvocationFailure {
  const errorMessage = `Cannot start a process for the function: ${error.message}. Check that the service's folder and Node.js are still there.`
  return failure('init', 'not-invoked', { errorType: error.name, errorMessage })
}

function logStreamName(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`
}
