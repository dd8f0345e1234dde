import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { namedError } from './error-shape.ts'
import { removesCallbacks } from './node-runtime.ts'
import type { LoadRequest } from './protocol.ts'

/**
 * Finds and loads a handler as AWS's runtime interface client does (repository
 * aws/aws-lambda-nodejs-runtime-interface-client): version 3 for runtimes up to nodejs22.x, version 4 from
 * nodejs24.x. Loads TypeScript with tsx.
 */
export type FunctionHandler = (event: unknown, ...others: unknown[]) => unknown

const extensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const

const require = createRequire(import.meta.url)

/** @throws an error with Lambda's name (Runtime.ImportModuleError, …), or the module's error */
export async function loadHandler(request: LoadRequest): Promise<FunctionHandler> {
  const { handler, runtime } = request
  if (handler.includes('..')) {
    throw namedError(
      'Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name: it must not contain '..'.`,
    )
  }
  const match = /^([^.]*)\.(.*)$/.exec(basename(handler))
  if (match === null) throw namedError('Runtime.MalformedHandlerName', 'Bad handler')
  const [, moduleName = '', exportPath = ''] = match
  const module = await loadModule(request, dirname(handler), moduleName)
  const names = exportPath.split('.')
  const found =
    follow(module, names) ??
    (removesCallbacks(runtime) ? follow(follow(module, ['default']), names) : undefined)
  if (found === undefined || found === null) {
    throw namedError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  }
  if (typeof found !== 'function') throw namedError('Runtime.HandlerNotFound', `${handler} is not a function`)
  return found as FunctionHandler
}

async function loadModule(request: LoadRequest, root: string, name: string): Promise<unknown> {
  try {
    return await importModule(request, root, name)
  } catch (error) {
    if (isSyntaxError(error)) {
      throw namedError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack)
    }
    if ((error as NodeJS.ErrnoException | null)?.code === 'MODULE_NOT_FOUND') {
      throw namedError('Runtime.ImportModuleError', String(error))
    }
    throw error
  }
}

/** tsx throws an esbuild error for invalid code. */
function isSyntaxError(error: unknown): error is Error {
  return error instanceof SyntaxError || (error instanceof Error && error.name === 'TransformError')
}

async function importModule(
  { handler, codeDir, runtime, typescript }: LoadRequest,
  root: string,
  name: string,
): Promise<unknown> {
  const stem = resolve(codeDir, root, name)
  const importsAll = removesCallbacks(runtime)
  const file = fileOf(stem)
  const isTypeScript = file?.endsWith('ts') === true
  if (existsSync(stem) && !isTypeScript) return importsAll ? await importFile(stem) : require(stem)
  if (file === undefined) {
    return require(require.resolve(name, { paths: [codeDir, join(codeDir, root)] }))
  }
  if (isTypeScript) await enableTypeScript(typescript, handler)
  else if (importsAll) return await importFile(file)
  return isModule(file, extname(file)) ? await importFile(file) : require(file)
}

/** Tries .js before .mjs, as version 3 does. */
function fileOf(stem: string): string | undefined {
  const extension = extensions.find((candidate) =>
    statSync(stem + candidate, { throwIfNoEntry: false })?.isFile(),
  )
  return extension && stem + extension
}

/** Imports the loader, because `register` of `tsx/esm/api` fails in tsx 4.23.15 on Node.js 20. */
async function enableTypeScript(loader: string | undefined, handler: string): Promise<void> {
  if (loader === undefined) {
    throw new Error(
      `The handler ${handler} is in TypeScript. Install tsx in the service: npm install --save-dev tsx`,
    )
  }
  process.setSourceMapsEnabled(true)
  await importFile(loader)
}

function isModule(file: string, extension: string): boolean {
  if (extension === '.mjs' || extension === '.mts') return true
  if (extension === '.cjs' || extension === '.cts') return false
  return isInModulePackage(dirname(file))
}

/** Uses the nearest package.json. A node_modules folder ends the search. */
function isInModulePackage(folder: string): boolean {
  if (basename(folder) === 'node_modules') return false
  const file = join(folder, 'package.json')
  if (existsSync(file)) {
    return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown } | null)?.type === 'module'
  }
  const parent = dirname(folder)
  return parent === folder ? false : isInModulePackage(parent)
}

async function importFile(file: string): Promise<unknown> {
  return (await import(pathToFileURL(file).href)) as unknown
}

function follow(from: unknown, names: readonly string[]): unknown {
  let value = from
  for (const name of names) value = (value as Record<string, unknown> | null | undefined)?.[name]
  return value
}
