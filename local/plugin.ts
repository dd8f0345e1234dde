/**
 * Gives functions that run locally the local cloud as their environment, says what of it does not run, and tells
 * `npm start` when serverless-offline is up. Commands that package or deploy are left alone.
 */
import { functionEnvironment, type LocalConfig, readLocalConfig } from './config.ts'
import { requireInfrastructure } from './reachable.ts'

type Serverless = {
  readonly serviceDir: string
  readonly service: { readonly provider: { environment?: Record<string, string> } }
}

/** What `npm start` hears when the functions are ready. */
export const readyMessage = 'serverless-offline is ready'

export default class LocalCloudPlugin {
  readonly hooks: Record<string, () => Promise<void> | void>
  readonly #serverless: Serverless

  constructor(serverless: Serverless) {
    this.#serverless = serverless
    const prepare = () => this.#prepare()
    this.hooks = {
      'before:offline:start': prepare,
      'before:offline:start:init': prepare,
      'before:invoke:local:loadEnvVars': prepare,
      'offline:start:ready': () => {
        process.send?.(readyMessage)
      },
      // Handlers close their clients when they are asked to end, as Lambda does; a warm client keeps a process alive.
      'after:invoke:local:invoke': () => {
        process.emit('SIGTERM')
      },
    }
  }

  async #prepare(): Promise<void> {
    const config: LocalConfig = readLocalConfig(process.env, this.#serverless.serviceDir)
    await requireInfrastructure(config)
    const environment = functionEnvironment(config)
    // Credentials are the process's own, since AWS gives them to a function by its role; the rest is the function's.
    Object.assign(process.env, environment)
    const { provider } = this.#serverless.service
    provider.environment = { ...provider.environment, ...environment }
  }
}
