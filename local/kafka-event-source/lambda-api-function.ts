import type { LambdaClient } from '@aws-sdk/client-lambda'
import { type PackedEvent, packedJson } from '../../lambda/packed-event.ts'
import type { FunctionSettings } from '../containers/function-settings.ts'
import { failure, type InvocationOutcome, notInvoked } from '../containers/outcome.ts'
import type { InvokedFunction } from './mapping/invoked-function.ts'
import { loadPackage } from './peer-packages/load-package.ts'

const responseMarginMs = 5_000

/** Invokes a deployed function through a Lambda API (page `API_Invoke`). */
export class LambdaApiFunction implements InvokedFunction {
  readonly settings: FunctionSettings
  readonly #endpoint: string
  #client: LambdaClient | undefined

  constructor(settings: FunctionSettings, endpoint: string) {
    this.settings = settings
    this.#endpoint = endpoint
  }

  /** Never rejects. */
  async invoke(
    event: PackedEvent,
    { requestId }: { readonly requestId: string },
  ): Promise<InvocationOutcome> {
    try {
      const { InvokeCommand, LambdaClient } = await loadPackage('@aws-sdk/client-lambda')
      const requestTimeout = this.settings.timeoutMs + responseMarginMs
      this.#client ??= new LambdaClient({
        endpoint: this.#endpoint,
        region: this.settings.region,
        maxAttempts: 1, // the mapping retries and counts attempts
        requestHandler: { connectionTimeout: 5_000, requestTimeout, throwOnRequestTimeout: true },
      })
      const response = await this.#client.send(
        new InvokeCommand({ FunctionName: this.settings.functionName, Payload: packedJson(event) }),
      )
      const result = response.Payload?.transformToString() ?? 'null'
      if (response.FunctionError === undefined) return { ok: true, requestId, payload: result }
      return failure(requestId, 'handler', { errorType: response.FunctionError, ...errorIn(result) })
    } catch (error) {
      return notInvoked(requestId, error as Error)
    }
  }

  async close(): Promise<void> {
    this.#client?.destroy()
  }
}

function errorIn(result: string): { readonly errorType?: string; readonly errorMessage: string } {
  const { errorType, errorMessage } = (JSON.parse(result) ?? {}) as Partial<Record<string, unknown>>
  return {
    ...(typeof errorType === 'string' && { errorType }),
    errorMessage: typeof errorMessage === 'string' ? errorMessage : result,
  }
}
