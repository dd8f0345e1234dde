/** The options of serverless-offline that decide how a function runs, by their names there. */
export type OfflineOptions = {
  /** Passes on all variables of the shell. */
  readonly localEnvironment: boolean
  readonly noTimeout: boolean
  readonly useDocker: boolean
  /** Where a bundler wrote the functions, relative to the service. */
  readonly location: string
}

/** Options of the command line win over `custom.serverless-offline`, as in serverless-offline. */
export function offlineOptions(
  custom: Readonly<Record<string, unknown>> | undefined,
  commandLine: Readonly<Record<string, unknown>>,
): OfflineOptions {
  const inService = (custom?.['serverless-offline'] ?? {}) as Readonly<Record<string, unknown>>
  const given = { ...inService, ...commandLine }
  return {
    localEnvironment: Boolean(given.localEnvironment),
    noTimeout: Boolean(given.noTimeout),
    useDocker: Boolean(given.useDocker),
    location: typeof given.location === 'string' ? given.location : '',
  }
}
