/**
 * Emulates Kafka event source mappings: invokes functions that have `kafka` or `msk` events with records of a real
 * cluster. README.md lists what is emulated.
 */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { EventSources } from './event-sources.ts'
import type { LocalRun } from './invoked-functions.ts'
import type { ServerlessWithResources } from './settings/service.ts'
import type { ServiceSettings } from './settings/service-settings.ts'

/** `serverless offline` calls `start`, then `end`, which exits the process. */
type OfflinePlugin = { start(): Promise<void>; end(skipExit?: boolean): Promise<void> }

type ServerlessWithPlugins = ServerlessWithResources & {
  readonly pluginManager: { readonly plugins: readonly object[] }
}

export default class KafkaEventSourcePlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>
  readonly #serverless: ServerlessWithPlugins
  readonly #localRun: LocalRun
  readonly #log: (line: string) => void
  #settings: ServiceSettings | undefined
  #sources: EventSources | undefined

  constructor(
    serverless: ServerlessWithPlugins,
    commandLine: Readonly<Record<string, unknown>>,
    utils: { readonly log?: { notice(line: string): void } } = {},
  ) {
    this.#serverless = serverless
    this.#localRun = { commandLine, workingDir: serverless.serviceDir }
    this.#log = (line) => (utils.log === undefined ? console.log(line) : utils.log.notice(line))
    const read = () => this.#read()
    this.hooks = {
      // `serverless offline` runs one hook; `serverless offline start` runs one hook per step.
      'before:offline:start': async () => {
        await read()
        this.#wrapOfflinePlugin()
      },
      'before:offline:start:init': read,
      'offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    }
  }

  async #read(): Promise<void> {
    const { readServiceSettings } =
      load<typeof import('./settings/service-settings.ts')>('settings/service-settings')
    this.#settings = await this.#asServerlessError(readServiceSettings(this.#serverless, Date.now()))
  }

  async #start(): Promise<void> {
    const settings = this.#settings
    if (settings === undefined) return
    if (settings.mappings.length === 0 && settings.custom.controlPort === undefined) return
    const { startEventSources } = load<typeof import('./event-sources.ts')>('event-sources')
    this.#sources = await this.#asServerlessError(
      startEventSources(this.#serverless, settings, this.#log, this.#localRun),
    )
    const { controlUrl } = this.#sources
    if (controlUrl !== undefined) this.#log(`Event source mappings: ${controlUrl}`)
  }

  /** serverless prints errors of this class without their stack. */
  async #asServerlessError<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message, 'KAFKA_EVENT_SOURCE_SETTINGS')
    }
  }

  async #stop(): Promise<void> {
    await this.#sources?.stop()
  }

  /** Wraps `start` and `end`, because `serverless offline` runs no hook between them for plugins listed later. */
  #wrapOfflinePlugin(): void {
    const offline = this.#serverless.pluginManager.plugins.find(
      (plugin): plugin is OfflinePlugin => plugin.constructor.name === 'ServerlessOffline' && 'end' in plugin,
    )
    if (offline === undefined) return
    const start = offline.start.bind(offline)
    const end = offline.end.bind(offline)
    offline.start = async () => {
      await this.#start()
      await start()
    }
    offline.end = async (skipExit) => {
      await this.#stop()
      await end(skipExit)
    }
  }
}

const require = createRequire(import.meta.url)

/** Avoids loading the Kafka client for other commands. Uses `require`, as serverless does. */
function load<Module>(name: string): Module {
  return require(`./${name}${extname(import.meta.url)}`) as Module
}
