import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { PackedEvent } from '../../lambda/packed-event.ts'
import { handlerEnvironment } from './environment.ts'
import { shapeOfError } from './error-shape.ts'
import { type PipeMessage, readMessages, writeMessage } from './frames.ts'
import type { FunctionSettings } from './function-settings.ts'
import { exited, failure, type InvocationFailure, type InvocationOutcome, timedOut } from './outcome.ts'
import { readLines } from './output.ts'
import { signalGroup } from './process-group.ts'
import type { ErrorShape, FromContainer, InvokeResponse, ToContainer } from './protocol.ts'
import { spawnContainer, typescriptLoader } from './spawn-container.ts'
import { guard, release } from './watchdog.ts'

/** Lambda allows 10 s to load a handler, then retries (page `lambda-runtime-environment`). */
const initLimitMs = 10_000

export type OutputLine = {
  readonly label: string
  readonly requestId: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
}

export type EventPayload = string | PackedEvent

/** A process with one loaded handler that processes one event at a time. */
export class Container {
  readonly slot: number
  /** Resolves to the failure if the handler cannot be loaded. */
  readonly loaded: Promise<InvocationFailure | undefined>
  stickyKey: string | undefined
  readonly #settings: FunctionSettings
  readonly #child: ChildProcess
  readonly #pipe: Duplex
  /** Stamps of the loaded files. */
  readonly #code = new Map<string, string>()
  readonly #ended: () => void
  readonly #output: { flush(): void }[]
  readonly #exited: Promise<unknown>
  #resolveLoaded: (failure: InvocationFailure | undefined) => void = () => undefined
  /** Ends the running invocation. */
  #resolve: ((outcome: InvocationOutcome) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #sentAt = Date.now()
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
    this.loaded = new Promise((resolve) => {
      this.#resolveLoaded = resolve
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
    this.#exited = once(this.#child, 'exit').catch(() => undefined)
    void this.#load()
  }

  get ended(): boolean {
    return this.#ending || !this.#alive
  }

  /** True after a loaded file was edited. */
  get stale(): boolean {
    return [...this.#code].some(([file, then]) => stamp(file) !== then)
  }

  /** Never rejects. */
  async invoke(requestId: string, event: EventPayload): Promise<InvocationOutcome> {
    this.#requestId = requestId
    const outcome = await new Promise<InvocationOutcome>((resolve) => {
      this.#resolve = resolve
      void this.#start(requestId, event)
    })
    clearTimeout(this.#timer)
    this.#resolve = undefined
    return outcome
  }

  freeze(): void {
    if (this.ended) return
    this.#signal('SIGSTOP')
    this.#frozen = true
  }

  /** Kills the process and resolves when it has exited. Idempotent. */
  async end(): Promise<void> {
    this.#ending = true
    this.#signal('SIGKILL')
    await this.#exited
  }

  async #load(): Promise<void> {
    const { handler, runtime, serviceDir, code = { folder: serviceDir }, offline } = this.#settings
    try {
      if ('artifact' in code) this.#track([code.artifact.file])
      this.#send({
        type: 'load',
        handler,
        runtime,
        serviceDir,
        ...(offline && { offline }),
        codeDir: 'artifact' in code ? await code.artifact.codeDir() : code.folder,
        environment: handlerEnvironment(this.#settings, logStreamName(new Date())),
        typescript: typescriptLoader(serviceDir),
      })
    } catch (error) {
      this.#notLoaded(shapeOfError(error))
    }
  }

  #notLoaded(error: ErrorShape): void {
    this.#resolveLoaded(failure('init', 'init', error))
    void this.end()
  }

  async #start(requestId: string, event: EventPayload): Promise<void> {
    const { timeoutMs } = this.#settings
    if (this.#frozen) this.#signal('SIGCONT')
    this.#frozen = false
    this.#limit(initLimitMs + timeoutMs)
    const notLoaded = await this.loaded
    if (notLoaded !== undefined) return this.#resolve?.({ ...notLoaded, requestId })

    this.#limit(timeoutMs)
    const deadlineMs = Date.now() + timeoutMs
    if (typeof event === 'string') this.#send({ type: 'invoke', requestId, deadlineMs }, [Buffer.from(event)])
    else this.#send({ type: 'invoke', requestId, deadlineMs, packed: event.head }, event.body)
  }

  #limit(ms: number): void {
    const { inspect, noTimeout, timeoutMs } = this.#settings
    clearTimeout(this.#timer)
    if (inspect !== undefined || noTimeout) return
    this.#timer = setTimeout(() => {
      void this.end()
      this.#resolve?.(timedOut(this.#requestId, timeoutMs))
    }, ms)
  }

  #receive({ head, body }: PipeMessage): void {
    const message = head as FromContainer
    switch (message.type) {
      case 'loaded':
        this.#track(message.files)
        this.#resolveLoaded(undefined)
        break
      case 'not-loaded':
        this.#notLoaded(message.error)
        break
      case 'response':
        this.#track(message.files)
        if (message.fatal === true) void this.end()
        this.#respond(outcomeOf(this.#requestId, message, body))
        break
      default:
        message satisfies never
    }
  }

  /** Waits one turn of the event loop, so that the handler's output is logged before its outcome. */
  #respond(outcome: InvocationOutcome): void {
    const resolve = this.#resolve
    setImmediate(() => {
      for (const output of this.#output) output.flush()
      resolve?.(outcome)
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
    this.#ended()
  }

  #track(files: readonly string[]): void {
    for (const file of files) this.#code.set(file, stamp(file, this.#sentAt))
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#alive && this.#child.pid !== undefined) signalGroup(this.#child.pid, signal)
  }

  #send(head: ToContainer, body?: readonly Buffer[]): void {
    this.#sentAt = Date.now()
    writeMessage(this.#pipe, head, body)
  }
}

function outcomeOf(requestId: string, { error, fatal }: InvokeResponse, body: Buffer): InvocationOutcome {
  if (error === undefined) return { ok: true, requestId, payload: body.toString() }
  return failure(requestId, fatal === true ? 'crash' : 'handler', error)
}

function notStarted(error: Error): InvocationFailure {
  const errorMessage = `Cannot start a process for the function: ${error.message}. Check that the service's folder and Node.js still exist.`
  return failure('init', 'not-invoked', { errorType: error.name, errorMessage })
}

/** A file that was edited after `since` may have been loaded before. */
function stamp(file: string, since = Number.POSITIVE_INFINITY): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return 'missing'
  return stat.mtimeMs > since ? 'edited' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}

function logStreamName(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`
}
