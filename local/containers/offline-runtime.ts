/**
 * Entry point of a container for other languages than JavaScript. Uses serverless-offline's runner through its
 * exports `.` and `./lambda`.
 */
import { delimiter } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { namedError, shapeOfError } from './error-shape.ts'
import { findPython } from './find-program.ts'
import { functionArn } from './function-arn.ts'
import { resolveOffline } from './offline-module.ts'
import type { ErrorShape, LoadRequest, OfflineFunction } from './protocol.ts'
import { type LoadedHandler, serveHost } from './serve-host.ts'

type Lambda = {
  create(functions: readonly { functionKey: string; functionDefinition: unknown }[]): void
  get(functionKey: string): { setEvent(event: unknown): void; runHandler(): Promise<unknown> }
}
type LambdaClass = new (serverless: unknown, options: unknown) => Lambda
type OfflineClass = new (serverless: unknown, options: unknown, utils: unknown) => object

let files: readonly string[] = []

serveHost({ load, loadedFiles: () => files, shapeOf: shapeOfError, endsWithFunction: false })

async function load({ offline, serviceDir, environment }: LoadRequest): Promise<LoadedHandler> {
  if (offline === undefined) throw new Error('The function has no runner of serverless-offline.')
  const isInPython = offline.runtime.startsWith('python') && offline.options.useDocker !== true
  if (isInPython) requirePython()
  const lambda = await newLambda(serviceDir, offline, isInPython)
  const { AWS_REGION = '', AWS_LAMBDA_FUNCTION_NAME = '' } = environment
  const arn = functionArn(AWS_REGION, AWS_LAMBDA_FUNCTION_NAME)
  return async (event, { requestId, deadlineMs }) => {
    // `get` returns the same instance until its runner ends.
    const invoked = lambda.get(offline.functionKey)
    invoked.setEvent(isInPython ? { event, requestId, deadlineMs, arn } : event)
    const result = await invoked.runHandler()
    const returned = isInPython ? pythonResult(result as PythonResponse) : resultOf(result, offline)
    return Buffer.from(JSON.stringify(returned) ?? 'null')
  }
}

async function newLambda(
  serviceDir: string,
  { functionKey, definition, serverless, options }: OfflineFunction,
  isInPython: boolean,
): Promise<Lambda> {
  const offline = await importDefault<OfflineClass>(resolveOffline(serviceDir))
  // The constructor sets the logger of all of serverless-offline.
  new offline(serverless, options, { log: offlineLog, progress: undefined })
  const lambdaClass = await importDefault<LambdaClass>(
    resolveOffline(serviceDir, 'serverless-offline/lambda'),
  )
  const lambda = new lambdaClass(serverless, options)
  lambda.create([{ functionKey, functionDefinition: isInPython ? pythonDefinition(definition) : definition }])
  return lambda
}

/** Replaces the handler by the module in `python/`, which calls the handler in _HANDLER. */
function pythonDefinition({ handler, environment, ...definition }: OfflineFunction['definition']) {
  const { PYTHONPATH: given = process.env.PYTHONPATH } = environment ?? {}
  const folder = fileURLToPath(new URL('./python', import.meta.url))
  return {
    ...definition,
    handler: 'event_source_handler.handle',
    environment: {
      ...environment,
      _HANDLER: handler,
      PYTHONPATH: given ? `${folder}${delimiter}${given}` : folder,
    },
  }
}

async function importDefault<T>(file: string): Promise<T> {
  return ((await import(pathToFileURL(file).href)) as { default: T }).default
}

/** Notices contain both the function's output and serverless-offline's own lines. */
const offlineLog = {
  notice: (...lines: unknown[]) => {
    const text = lines.join(' ').replace(/\n$/, '')
    if (text !== '' && !text.startsWith('(λ: ')) console.log(text)
  },
  warning: (...lines: unknown[]) => console.error(...lines),
  error: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
}

/** @throws when there is no Python, because the runner would never respond */
function requirePython(): void {
  const { name, file } = findPython()
  if (file !== undefined) return
  throw new Error(`There is no ${name} on PATH. Install it, or add its folder to PATH.`)
}

type PythonResponse = {
  readonly result?: unknown
  readonly error?: ErrorShape
  readonly files?: readonly string[]
}

function pythonResult({ result, error, files: loaded = [] }: PythonResponse): unknown {
  files = loaded
  if (error !== undefined) throw errorOf(error)
  return result
}

/**
 * Throws the function's error. After a failure, Java's runner returns no value, Go's returns the error as text, and
 * Docker's returns the error of the image's runtime.
 */
function resultOf(result: unknown, { runtime, options }: OfflineFunction): unknown {
  if (options.useDocker === true) {
    const { errorType, errorMessage, stackTrace = [] } = (result ?? {}) as Partial<Record<string, unknown>>
    if (typeof errorMessage !== 'string') return result
    throw errorOf({ errorType: String(errorType), errorMessage, trace: [stackTrace].flat().map(String) })
  }
  if (runtime.startsWith('java') && result === undefined) throw new Error('The function returned no result.')
  if (runtime.startsWith('go') && typeof result === 'string') throw new Error(result)
  return result
}

function errorOf({ errorType, errorMessage, trace }: ErrorShape): Error {
  return namedError(errorType, errorMessage, trace.join('\n') || `${errorType}: ${errorMessage}`)
}
