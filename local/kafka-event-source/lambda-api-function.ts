import type { LambdaClient } from '@aws-sdk/client-lambda'
import { type PackedEvent, packedJson } from '../../lambda/packed-event.ts'
import type { FunctionSettings } from '../containers/index.ts'
import { failure, type InvocationOutcome } from '../containers/outcome.ts'
import type { InvokedFunction } from './mapping/invoked-function.ts'
import { loadSdk } from './peer-packages/load-sdk.ts'

export type DeployedSettings = InvokedFunction['settings'] & Pick<FunctionSettings, 'region'>

/** Time limit of a response beyond the function's timeout. */
const responseMs = 5_000

/** Invokes a deployed function through a Lambda API (page `API_Invoke`). */
export class LambdaApiFunction implements InvokedFunction {
  readonly settings: DeployedSettings
  readonly #endpoint: string
  #client: Promise<LambdaClient> | undefined

  constructor(settings: DeployedSettings, endpoint: string) {
    this.settings = settings
    this.#endpoint = endpoint
  }

  /** Never rejects. */
  async invoke(
    event: PackedEvent,
    { requestId }: { readonly requestId: string },
  ): Promise<InvocationOutcome> {
    try {
      const { InvokeCommand } = await loadSdk('client-lambda')
      this.#client ??= this.#newClient()
      const client = await this.#client
      const response = await client.send(
        new InvokeCommand({ FunctionName: this.settings.functionName, Payload: packedJson(event) }),
      )
      const result = response.Payload?.transformToString() ?? 'null'
      if (response.FunctionError === undefined) return { ok: true, requestId, payload: result }
      return failure(requestId, 'handler', { errorType: response.FunctionError, ...errorIn(result) })
    } catch (error) {
      const { name, message } = error as Error
      return failure(requestId, 'not-invoked', { errorType: name, errorMessage: message })
    }
  }

  async close(): Promise<void> {
    const client = await this.#client
    client?.destroy()
  }

  async #newClient(): Promise<LambdaClient> {
    const { LambdaClient } = await loadSdk('client-lambda')
    return new LambdaClient({
      endpoint: this.#endpoint,
      region: this.settings.region,
      maxAttempts: 1, // the mapping retries and counts attempts
      requestHandler: { requestTimeout: this.settings.timeoutMs + responseMs },
    })
  }
}

function errorIn(result: string): { readonly errorType?: string; readonly errorMessage: string } {
  const { errorType, errorMessage } = (JSON.parse(result) ?? {}) as Partial<Record<string, unknown>>
  return {
    ...(typeof errorType === 'string' && { errorType }),
    errorMessage: typeof errorMessage === 'string' ? errorMessage : result,
  }
}
