export type OfflineOptions = {
  readonly localEnvironment: boolean
  readonly noTimeout: boolean
  readonly useDocker: boolean
  /** Output folder of a bundler, relative to the service. */
  readonly location: string
}

/** Command line options override `custom.serverless-offline`. */
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
