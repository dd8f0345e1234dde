import { resolve } from 'node:path'
import { Artifact } from '../containers/artifact.ts'
import type { CodeSource, PoolOptions } from '../containers/function-settings.ts'
import { functionEnvironment } from './function-environment.ts'
import { offlineFunction, runtimeOf } from './function-runtime.ts'
import { offlineOptions } from './offline-options.ts'
import type { FunctionDefinition, ServerlessFunctions } from './service.ts'

/** The defaults of serverless (its AWS reference), not of Lambda. */
const defaults = { region: 'us-east-1', memorySize: 1024, timeoutSeconds: 6 } as const

export function containerOptions(
  serverless: ServerlessFunctions,
  functionKey: string,
  commandLine: Readonly<Record<string, unknown>>,
  /** The service's folder before a bundler changed `serviceDir`. */
  workingDir = serverless.serviceDir,
): PoolOptions {
  const { service } = serverless
  const { provider, functions = {} } = service
  const definition = functions[functionKey] ?? {}
  const concurrency = definition.reservedConcurrency
  const offline = offlineFunction(serverless, functionKey, definition, commandLine)
  const { localEnvironment, noTimeout, location } = offlineOptions(service.custom, commandLine)
  return {
    functionName: definition.name ?? functionKey,
    label: functionKey,
    handler: definition.handler ?? '',
    runtime: runtimeOf(serverless, definition),
    serviceDir: workingDir,
    ...(offline === undefined
      ? { code: codeSource(serverless, functionKey, definition, location) }
      : { offline }),
    environment: {
      ...functionEnvironment(provider.environment).values,
      ...functionEnvironment(definition.environment).values,
    },
    localEnvironment,
    region: provider.region ?? defaults.region,
    memorySize: definition.memorySize ?? provider.memorySize ?? defaults.memorySize,
    timeoutMs: 1_000 * (definition.timeout ?? provider.timeout ?? defaults.timeoutSeconds),
    noTimeout,
    ...(concurrency !== undefined && { maxConcurrency: concurrency }),
  }
}

/** Prefers the zip file, then the bundler's folder, then the source, as serverless-offline does. */
function codeSource(
  { service, serviceDir, config }: ServerlessFunctions,
  functionKey: string,
  definition: FunctionDefinition,
  location: string,
): CodeSource {
  const file = definition.package?.artifact ?? service.package?.artifact
  if (file !== undefined) {
    return { artifact: new Artifact(file, serviceDir, service.service ?? 'service', functionKey) }
  }
  return { folder: resolve(config?.servicePath ?? serviceDir, location) }
}

/** Returns a message per variable that only a deployment resolves. */
export function unresolvedVariables(
  { service }: ServerlessFunctions,
  functionKeys: readonly string[],
): string[] {
  const ofFunctions = functionKeys.map((key) => [key, service.functions?.[key]?.environment] as const)
  const places = [['provider', service.provider.environment] as const, ...ofFunctions]
  return places.flatMap(([where, environment]) =>
    functionEnvironment(environment).unresolved.map(
      ({ name, expression, value }) =>
        `${where}: environment.${name}: cannot resolve ${expression} on this machine. The function gets "${value}", as it does from serverless-offline. Set a plain value for local runs.`,
    ),
  )
}
