import inspector from 'node:inspector'
import { functionSettings } from '../containers/function-settings.ts'
import { ContainerPool } from '../containers/pool.ts'
import { unsupportedFunctions } from '../serverless/function-runtime.ts'
import { containerOptions } from '../serverless/serverless-function.ts'
import { LambdaApiFunction } from './lambda-api-function.ts'
import type { InvokedFunction } from './mapping/invoked-function.ts'
import type { CustomSettings } from './settings/custom-settings.ts'
import type { ServiceMapping } from './settings/read-mappings.ts'
import type { ServerlessWithResources } from './settings/service.ts'

export type LocalRun = {
  readonly commandLine?: Readonly<Record<string, unknown>>
  readonly workingDir?: string | undefined
}

/** Invokes container pools, or deployed functions if `lambdaEndpoint` is set. */
export class InvokedFunctions {
  readonly #serverless: ServerlessWithResources
  readonly #custom: CustomSettings
  readonly #localRun: LocalRun
  readonly #functions = new Map<string, InvokedFunction>()

  constructor(serverless: ServerlessWithResources, custom: CustomSettings, localRun: LocalRun) {
    this.#serverless = serverless
    this.#custom = custom
    this.#localRun = localRun
  }

  get keys(): readonly string[] {
    return [...this.#functions.keys()]
  }

  /** @throws when a function cannot run locally */
  async requireRunnable(functionKeys: readonly string[]): Promise<void> {
    if (this.#custom.lambdaEndpoint !== undefined) return
    const { commandLine = {} } = this.#localRun
    const unsupported = await unsupportedFunctions(this.#serverless, [...new Set(functionKeys)], commandLine)
    if (unsupported.length > 0) {
      throw new Error(`Cannot run the functions of Kafka events:\n${unsupported.join('\n')}`)
    }
  }

  of(mapping: ServiceMapping): InvokedFunction {
    const invoked = this.#functions.get(mapping.functionKey) ?? this.#newFunction(mapping)
    this.#functions.set(mapping.functionKey, invoked)
    return invoked
  }

  async close(): Promise<void> {
    await Promise.all([...this.#functions.values()].map((invoked) => invoked.close()))
  }

  #newFunction({ functionKey }: ServiceMapping): InvokedFunction {
    const { commandLine = {}, workingDir } = this.#localRun
    const options = containerOptions(this.#serverless, functionKey, commandLine, workingDir)
    const { containers, freeze, idleSeconds, inspect, lambdaEndpoint } = this.#custom
    if (lambdaEndpoint !== undefined) return new LambdaApiFunction(functionSettings(options), lambdaEndpoint)
    const inspectPort = inspect ?? (inspector.url() === undefined ? undefined : 0)
    return new ContainerPool({
      ...options,
      choice: containers,
      freeze,
      idleMs: idleSeconds * 1_000,
      ...(inspectPort !== undefined && { inspect: inspectPort }),
    })
  }
}
