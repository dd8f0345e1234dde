/** Command line options override `custom.serverless-offline`. */
export function offlineOptions(
  custom: Readonly<Record<string, unknown>> | undefined,
  commandLine: Readonly<Record<string, unknown>>,
) {
  const inService = (custom?.['serverless-offline'] ?? {}) as Readonly<Record<string, unknown>>
  const { localEnvironment, noTimeout, useDocker, location } = { ...inService, ...commandLine }
  return {
    localEnvironment: Boolean(localEnvironment),
    noTimeout: Boolean(noTimeout),
    useDocker: Boolean(useDocker),
    /** Output folder of a bundler, relative to the service. */
    location: typeof location === 'string' ? location : '',
  }
}
