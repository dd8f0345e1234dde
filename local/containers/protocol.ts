/** Message heads (see frames.ts). */
import type { PackedHead } from '../../lambda/packed-event.ts'

export type LoadRequest = {
  readonly type: 'load'
  /** For example `functions/count/handler.handler`; the export may be nested. */
  readonly handler: string
  readonly runtime: string
  readonly codeDir: string
  readonly environment: Readonly<Record<string, string>>
  /** The module that enables TypeScript. */
  readonly typescript: string | undefined
  readonly serviceDir: string
  readonly offline?: OfflineFunction
}

/** Arguments of serverless-offline's `Lambda` class. */
export type OfflineFunction = {
  readonly functionKey: string
  readonly definition: Readonly<Record<string, unknown>> & {
    readonly handler: string
    readonly environment?: Readonly<Record<string, unknown>>
  }
  readonly runtime: string
  readonly serverless: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

/** The body is the event, packed or as JSON. */
export type InvokeRequest = {
  readonly type: 'invoke'
  readonly requestId: string
  readonly deadlineMs: number
  readonly packed?: PackedHead
}

type LoadResponse =
  | { readonly type: 'loaded'; readonly files: readonly string[] }
  | { readonly type: 'not-loaded'; readonly error: ErrorShape }

/** The body is the result. */
export type InvokeResponse = {
  readonly type: 'response'
  readonly error?: ErrorShape
  /** The process is about to exit. */
  readonly fatal?: boolean
  readonly files: readonly string[]
}

export type ErrorShape = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

export type ToContainer = LoadRequest | InvokeRequest
export type FromContainer = LoadResponse | InvokeResponse
