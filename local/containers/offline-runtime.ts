/**
 * Entry point of a container for other languages than JavaScript. Runs functions with serverless-offline's runner,
 * through its exports `.` and `./lambda`.
 */
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findProgram, foldersOfPath } from './find-program.ts'
import { isPython, type OfflineFunction, pythonDefinition } from './offline-function.ts'
import { resolveOffline } from './offline-module.ts'
import type { ErrorShape, LoadRequest } from './protocol.ts'
import { type LoadedHandler, serveHost } from './serve-host.ts'

type LambdaFunction = { setEvent(event: unknown): void; runHandler(): Promise<unknown> }
type Lambda = {
  create(functions: readonly { functionKey: string; functionDefinition: unknown }[]): void
  get(functionKey: string): LambdaFunction
}
type LambdaClass = new (serverless: unknown, options: unknown) => Lambda
type OfflineClass = new (serverless: unknown, options: unknown, utils: unknown) => object

let files: readonly string[] = []

serveHost({ load, loadedFiles: () => files, endsWithFunction: false })

async function load({ offline, serviceDir }: LoadRequest): Promise<LoadedHandler> {
  if (offline === undefined) throw new Error('The function has no runner of serverless-offline.')
  const isInPython = isPython(offline.runtime) && offline.options.useDocker !== true
  if (isInPython) requireProgram(process.platform === 'win32' ? 'python' : 'python3')
  const lambda = await newLambda(serviceDir, offline, isInPython)
  return async (event) => {
    // `get` returns the same instance until its runner ends.
    const invoked = lambda.get(offline.functionKey)
    invoked.setEvent(event)
    const result = await invoked.runHandler()
    return inJson(isInPython ? pythonResult(result) : resultOf(result, offline))
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
  const { PYTHONPATH: given = process.env.PYTHONPATH } = definition.environment ?? {}
  const functionDefinition = isInPython
    ? pythonDefinition(definition, given === undefined ? undefined : String(given), delimiter)
    : definition
  lambda.create([{ functionKey, functionDefinition }])
  return lambda
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

/** @throws when there is no such program, because the runner would never respond */
function requireProgram(name: string): void {
  const { VIRTUAL_ENV } = process.env
  const ofEnvironment =
    VIRTUAL_ENV === undefined ? [] : [join(VIRTUAL_ENV, 'bin'), join(VIRTUAL_ENV, 'Scripts')]
  if (findProgram(name, [...ofEnvironment, ...foldersOfPath(process.env)]) !== undefined) return
  throw new Error(`There is no ${name} on PATH. Install it, or add its folder to PATH.`)
}

function pythonResult(response: unknown): unknown {
  const {
    result,
    error,
    files: loaded = [],
  } = response as {
    readonly result?: unknown
    readonly error?: ErrorShape
    readonly files?: readonly string[]
  }
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
  const error = new Error(errorMessage)
  error.name = errorType
  error.stack = trace.join('\n') || `${errorType}: ${errorMessage}`
  return error
}

function inJson(result: unknown): Buffer {
  return Buffer.from(JSON.stringify(result) ?? 'null')
}
