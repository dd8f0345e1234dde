import type { Artifact } from './artifact.ts'
import { defaultRuntime } from './node-runtime.ts'
import type { OfflineFunction } from './protocol.ts'

export type FunctionSettings = {
  readonly functionName: string
  /** Name in log lines. Default: `functionName`. */
  readonly label: string
  readonly handler: string
  readonly runtime: string
  readonly serviceDir: string
  readonly code?: CodeSource
  readonly offline?: OfflineFunction
  readonly environment: Readonly<Record<string, string>>
  /** Passes all of the host's variables, not only AWS_*. */
  readonly localEnvironment: boolean
  readonly region: string
  readonly memorySize: number
  readonly timeoutMs: number
  /** Disables the timeout; `timeoutMs` then only sets the deadline in the context. */
  readonly noTimeout: boolean
  /** Further invocations wait. */
  readonly maxConcurrency: number
  /** Selects an idle container. `random` reveals functions that rely on an order, which Lambda does not guarantee. */
  readonly choice: 'random' | 'sticky'
  /** Suspends the process between invocations. */
  readonly freeze: boolean
  readonly idleMs: number
  /** Debugger port of the first container, incremented for each further one; 0: any. Disables timeouts. */
  readonly inspect?: number
}

export type CodeSource = { readonly folder: string } | { readonly artifact: Artifact }

export type PoolOptions = Pick<FunctionSettings, 'functionName' | 'handler' | 'serviceDir'> &
  Partial<FunctionSettings>

/** Lambda's defaults (page `configuration-function-common`). */
const functionDefaults = {
  runtime: defaultRuntime,
  environment: {},
  localEnvironment: false,
  region: 'us-east-1',
  memorySize: 128,
  timeoutMs: 3_000,
  noTimeout: false,
  maxConcurrency: Number.POSITIVE_INFINITY,
  choice: 'random',
  freeze: false,
  idleMs: 300_000,
} as const

export function functionSettings(options: PoolOptions): FunctionSettings {
  return { label: options.functionName, ...functionDefaults, ...options }
}
