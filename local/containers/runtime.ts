/** Entry point of a Node.js container. */
import { createRequire } from 'node:module'
import { defineAwsLambda } from './awslambda.ts'
import { contextFacts } from './context.ts'
import { invokeHandler, rejectCallbacks } from './invoke-handler.ts'
import { loadHandler } from './load-handler.ts'
import { watchLoadedFiles } from './loaded-files.ts'
import type { LoadRequest } from './protocol.ts'
import { type LoadedHandler, serveHost } from './serve-host.ts'

const require = createRequire(import.meta.url)

serveHost({ load, loadedFiles: watchLoadedFiles(), endsWithFunction: true })

async function load({
  environment,
  typescript,
  handler: name,
  runtime,
  codeDir,
}: LoadRequest): Promise<LoadedHandler> {
  replaceEnvironment(environment)
  defineAwsLambda(environment)
  const enableTypeScript = async () => registerAll(typescript, name)
  const handler = await loadHandler({ handler: name, runtime, codeDir, enableTypeScript })
  rejectCallbacks(handler, runtime)
  return async (event, { requestId, deadlineMs }) =>
    await invokeHandler(handler, runtime, event, contextFacts({ requestId, deadlineMs, env: process.env }))
}

/** Removes the host's variables too. */
function replaceEnvironment(environment: LoadRequest['environment']): void {
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
