import { pathToFileURL } from 'node:url'
import { defaultRuntime } from '../containers/node-runtime.ts'
import { resolveOffline } from '../containers/offline-module.ts'
import type { OfflineFunction } from '../containers/protocol.ts'
import { offlineOptions } from './offline-options.ts'
import { runnerProblem } from './runner-programs.ts'
import type { FunctionDefinition, ServerlessFunctions } from './service.ts'

/** serverless-offline's default options for Docker. */
const dockerDefaults = { dockerHost: 'localhost', dockerReadOnly: true, localLayers: {} } as const

const deployedInstead = 'To invoke the deployed function, set custom.kafkaEventSource.lambdaEndpoint.'

export function runtimeOf({ service }: ServerlessFunctions, definition: FunctionDefinition): string {
  return definition.runtime ?? service.provider.runtime ?? defaultRuntime
}

/** Returns undefined for Node.js without Docker, which needs no runner. */
export function offlineFunction(
  serverless: ServerlessFunctions,
  functionKey: string,
  definition: FunctionDefinition,
  commandLine: Readonly<Record<string, unknown>>,
): OfflineFunction | undefined {
  const { service, serviceDir, config } = serverless
  const runtime = runtimeOf(serverless, definition)
  if (isNode(runtime) && !offlineOptions(service.custom, commandLine).useDocker) return undefined
  return {
    functionKey,
    definition: { ...definition, handler: definition.handler ?? '', events: [] },
    runtime,
    serverless: {
      service: { service: service.service, provider: service.provider, package: service.package },
      config: { servicePath: config?.servicePath ?? serviceDir, serverlessPath: config?.serverlessPath },
      serviceDir,
    },
    // The container implements the timeout.
    options: {
      ...dockerDefaults,
      ...(service.custom?.['serverless-offline'] as object | undefined),
      ...commandLine,
      noTimeout: true,
    },
  }
}

export async function unsupportedFunctions(
  serverless: ServerlessFunctions,
  functionKeys: readonly string[],
  commandLine: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const { useDocker } = offlineOptions(serverless.service.custom, commandLine)
  const unsupported: string[] = []
  for (const functionKey of functionKeys) {
    const definition = serverless.service.functions?.[functionKey] ?? {}
    const runtime = runtimeOf(serverless, definition)
    const [what, problem] =
      definition.image === undefined
        ? [`runtime ${runtime}`, await runtimeProblem(serverless.serviceDir, runtime, useDocker)]
        : ['image', `serverless-offline runs no container images. ${deployedInstead}`]
    if (problem !== undefined) unsupported.push(`${functionKey}: ${what}: ${problem}`)
  }
  return unsupported
}

function isNode(runtime: string): boolean {
  return runtime.startsWith('nodejs')
}

async function runtimeProblem(
  serviceDir: string,
  runtime: string,
  useDocker: boolean,
): Promise<string | undefined> {
  if (isNode(runtime)) return undefined
  const { supportedRuntimes, supportedProvided } = await runtimeTable(serviceDir)
  if (!supportedRuntimes.has(runtime)) return `serverless-offline has no runner for it. ${deployedInstead}`
  if (useDocker) return undefined
  return supportedProvided.has(runtime)
    ? 'serverless-offline runs it in Docker only: start with --useDocker, or set custom.serverless-offline.useDocker.'
    : await runnerProblem(runtime)
}

type RuntimeTable = Readonly<Record<'supportedRuntimes' | 'supportedProvided', ReadonlySet<string>>>

/** Imports a file, because serverless-offline does not export this table. */
async function runtimeTable(serviceDir: string): Promise<RuntimeTable> {
  const table = new URL('./config/supportedRuntimes.js', pathToFileURL(resolveOffline(serviceDir)))
  return (await import(table.href)) as RuntimeTable
}
