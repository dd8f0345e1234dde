import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type Handler = (event: unknown, context: unknown, callback: Callback) => unknown
export type Callback = (error?: unknown, result?: unknown) => void

/** In the order Lambda's runtime tries them, then TypeScript's, which only a local run has. */
const extensions = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const

/** `functions/count/handler.handler` → the file and the names that lead to the export. */
export function locateHandler(serviceDir: string, handler: string): { file: string; path: string[] } {
  const [module = '', ...path] = basename(handler).split('.')
  const stem = join(serviceDir, dirname(handler), module)
  const extension = extensions.find((candidate) => isFile(stem + candidate))
  if (extension === undefined) {
    throw initError('Runtime.ImportModuleError', `Cannot find module '${stem}' for handler '${handler}'.`)
  }
  return { file: stem + extension, path }
}

/** @throws an error whose name is Lambda's: Runtime.ImportModuleError, Runtime.HandlerNotFound, … or the module's own */
export async function loadHandler(serviceDir: string, handler: string): Promise<Handler> {
  const { file, path } = locateHandler(serviceDir, handler)
  const module: unknown = await import(pathToFileURL(file).href)
  const found = follow(module, path) ?? follow(follow(module, ['default']), path)
  if (typeof found !== 'function') {
    throw initError('Runtime.HandlerNotFound', `${handler} is undefined or not a function.`)
  }
  return found as Handler
}

function follow(from: unknown, path: readonly string[]): unknown {
  let value = from
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function initError(name: string, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}
