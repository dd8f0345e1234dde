import type { Artifact } from './artifact.ts'
import { defaultRuntime } from './node-runtime.ts'
import type { OfflineFunction } from './offline-function.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** How the next container is picked among idle ones. Lambda promises nothing about it: `random` shows what that means. */
export type ContainerChoice = 'random' | 'sticky'

/** A function as containers run it: what serverless.yml says of it, and how it is to behave here. */
export type FunctionSettings = {
  /** The deployed name, as in the context and the ARN. */
  readonly functionName: string
  /** How log lines call it; the deployed name unless given. */
  readonly label: string
  /** Path below the code without extension, a dot, the export: `functions/count/handler.handler`. */
  readonly handler: string
  /** Lambda's identifier, such as `nodejs22.x`: it decides what a handler may be. */
  readonly runtime: string
  /** The working directory. */
  readonly serviceDir: string
  /** Where the handler is, when that is not `serviceDir`. */
  readonly code?: CodeSource
  /** For a function that serverless-offline runs itself. */
  readonly offline?: OfflineFunction
  /** The variables that serverless.yml gives the function. */
  readonly environment: Readonly<Record<string, string>>
  /** Passes on all of the host's variables, not only AWS_*. */
  readonly localEnvironment: boolean
  readonly region: string
  readonly memorySize: number
  readonly timeoutMs: number
  /** Lets an invocation take as long as it takes; `timeoutMs` is then what the context shows. */
  readonly noTimeout: boolean
  /** Containers at most, as reserved concurrency; further invocations wait. */
  readonly maxConcurrency: number
  readonly choice: ContainerChoice
  /** Stop the process between invocations, as Lambda does, so that work left in the background shows. */
  readonly freeze: boolean
  /** An unused container ends after this long. */
  readonly idleMs: number
  /** Debugger port of the first container, the next for the next; 0 lets the system choose. No time-outs then. */
  readonly inspect?: number
}

/** A folder that a bundler wrote, or a zip file to unpack. */
export type CodeSource = { readonly folder: string } | { readonly artifact: Artifact }

export type PoolOptions = Pick<FunctionSettings, 'functionName' | 'handler' | 'serviceDir'> &
  Partial<FunctionSettings>

/** Lambda's defaults where it has any (page `configuration-function-common`): 128 MB, 3 s; no reserved concurrency. */
export const functionDefaults = {
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
