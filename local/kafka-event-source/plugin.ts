/**
 * Kafka event source mappings for serverless-offline: functions with `kafka` and `msk` events in serverless.yml get the
 * records of a real cluster as AWS Lambda would give them. What is emulated, and what is not, is in README.md.
 */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { EventSources, LocalRun } from './event-sources.ts'
import type { Serverless } from './settings/service.ts'
import type { ServiceSettings } from './settings/service-settings.ts'

type Utils = { readonly log?: { notice(line: string): void } }

/** serverless-offline's own plugin object: `serverless offline` calls `start`, then `end`, which ends the process. */
type OfflinePlugin = { start(): Promise<void>; end(skipExit?: boolean): Promise<void> }

type ServerlessWithPlugins = Serverless & {
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
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
    utils: Utils = {},
  ) {
    this.#serverless = serverless
    this.#localRun = { commandLine, workingDir: serverless.serviceDir }
    this.#log = (line) => (utils.log ?? consoleLog).notice(line)
    const read = () => this.#read()
    this.hooks = {
      // `serverless offline` has one hook for everything, `serverless offline start` one for each step.
      'before:offline:start': async () => {
        await read()
        this.#goWithOffline()
      },
      'before:offline:start:init': read,
      'offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    }
  }

  /** Before anything starts. @throws an error that serverless prints as it is */
  async #read(): Promise<void> {
    const { readServiceSettings } =
      load<typeof import('./settings/service-settings.ts')>('settings/service-settings')
    this.#settings = await this.#said(readServiceSettings(this.#serverless, Date.now()))
  }

  async #start(): Promise<void> {
    const { mappings, custom } = this.#settings ?? { mappings: [], custom: undefined }
    if (this.#settings === undefined || (mappings.length === 0 && custom?.controlPort === undefined)) return
    const { startEventSources } = load<typeof import('./event-sources.ts')>('event-sources')
    this.#sources = await this.#said(
      startEventSources(this.#serverless, this.#settings, this.#log, this.#localRun),
    )
    const { controlUrl } = this.#sources
    if (controlUrl !== undefined) this.#log(`Event source mappings: ${controlUrl}`)
  }

  /** What fails here is a setting to correct: serverless prints its own errors without their stack. */
  async #said<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message, 'KAFKA_EVENT_SOURCE_SETTINGS')
    }
  }

  async #stop(): Promise<void> {
    await this.#sources?.stop()
  }

  /** A plain `serverless offline` has no hook between start and end for plugins that are listed after it. */
  #goWithOffline(): void {
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

/** With `serverless offline` only: every other command would wait for the Kafka client to load. By `require`, as we are. */
function load<Module>(name: string): Module {
  return require(`./${name}${extname(import.meta.url)}`) as Module
}

const consoleLog = { notice: (line: string) => console.log(line) }
