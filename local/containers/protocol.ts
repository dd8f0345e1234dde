/** The heads of the messages between host and container (see frames.ts); bodies are events and results. */
import type { PackedHead } from '../../lib/packed-event.ts'
import type { OfflineFunction } from './offline-function.ts'

/** Host → container, first and once: what to load. */
export type Load = {
  readonly type: 'load'
  readonly handler: string
  readonly runtime: string
  readonly codeDir: string
  /** All variables that the handler sees. */
  readonly environment: Readonly<Record<string, string>>
  /** The modules that enable TypeScript: each exports `register`. */
  readonly typescript: readonly string[]
  readonly serviceDir: string
  /** For a function that serverless-offline runs. */
  readonly offline?: OfflineFunction
}

/** Host → container: the body is the event, in JSON, or packed where its head is here. */
export type Invoke = {
  readonly type: 'invoke'
  readonly requestId: string
  readonly deadlineMs: number
  readonly packed?: PackedHead
}

/** Container → host, once: the handler is loaded, or cannot be. */
export type Loaded =
  | { readonly type: 'loaded'; readonly files: readonly string[] }
  | { readonly type: 'not-loaded'; readonly error: ErrorShape }

/** Container → host, once for each invocation; the body is the result. `files` were loaded on the way. */
export type Answer = {
  readonly type: 'answer'
  readonly error?: ErrorShape
  /** The process is about to end because nobody caught the error. */
  readonly fatal?: boolean
  readonly files: readonly string[]
}

/** An error as Lambda's Node.js runtime reports it. */
export type ErrorShape = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

export type ToContainer = Load | Invoke
export type FromContainer = Loaded | Answer
