/**
 * Connects local functions to the local cloud, fails if a server does not run, and notifies `npm start` when the
 * functions are ready. Does not affect packaging or deployment.
 */
import { AppError } from '../lib/errors.ts'
import { eventSourceAccess } from './event-source-access.ts'
import { withClusterKeys } from './settings/cluster-keys.ts'
import { functionEnvironment, type LocalConfig, readLocalConfig } from './settings/config.ts'
import { readEndpoint, requireInfrastructure } from './settings/reachable.ts'
import { withRunningSettings } from './settings/running-settings.ts'

type OfflineService = {
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly serviceDir: string
  readonly service: {
    readonly provider: { environment?: Record<string, string> }
    readonly functions: Readonly<Record<string, { readonly events?: readonly KafkaEventDefinition[] }>>
    custom: Record<string, unknown>
  }
}

type KafkaEventDefinition = { readonly kafka?: { accessConfigurations?: unknown } }

export const readyMessage = 'serverless-offline is ready'

export default class LocalCloudPlugin {
  readonly hooks: Record<string, () => Promise<void> | void>
  readonly #serverless: OfflineService

  constructor(serverless: OfflineService) {
    this.#serverless = serverless
    const prepare = () => this.#prepare()
    const prepareInvoke = () => this.#prepare(readEndpoint)
    this.hooks = {
      'before:offline:start': prepare,
      'before:offline:start:init': prepare,
      // This command must also work without the event proxy.
      'before:invoke:local:loadEnvVars': prepareInvoke,
      'offline:start:ready': () => {
        process.send?.(readyMessage)
      },
      // SIGTERM makes handlers close their clients. Open clients would keep the process alive.
      'after:invoke:local:invoke': () => {
        process.emit('SIGTERM')
      },
    }
  }

  async #prepare(findEndpoint?: typeof readEndpoint): Promise<void> {
    const config = await this.#runningCloud()
    const { serviceDir, service } = this.#serverless
    const endpoint = findEndpoint && { AWS_ENDPOINT_URL_S3: await findEndpoint(config) }
    const environment = { ...functionEnvironment(config, serviceDir), ...endpoint }
    // The SDK prefers a profile to the environment's credentials.
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name]
    Object.assign(process.env, environment)
    service.provider.environment = { ...service.provider.environment, ...environment }
    await this.#secureEventSource(config)
  }

  async #secureEventSource({ security }: LocalConfig): Promise<void> {
    if (security.kind === 'plaintext') return
    const { serviceDir, service } = this.#serverless
    const { accessConfigurations, custom } = await eventSourceAccess(security, serviceDir)
    const given = service.custom.kafkaEventSource as Record<string, unknown> | undefined
    service.custom.kafkaEventSource = { ...given, ...custom }
    for (const { events = [] } of Object.values(service.functions)) {
      for (const { kafka } of events)
        if (kafka !== undefined) kafka.accessConfigurations = accessConfigurations
    }
  }

  /** @throws an error that serverless prints without a stack trace */
  async #runningCloud(): Promise<LocalConfig> {
    try {
      const { serviceDir } = this.#serverless
      Object.assign(process.env, withRunningSettings(process.env, serviceDir))
      const config = readLocalConfig(process.env, serviceDir)
      await requireInfrastructure(config)
      return await withClusterKeys(config)
    } catch (error) {
      if (error instanceof AppError) throw new this.#serverless.classes.Error(error.message, error.code)
      throw error
    }
  }
}
