/** The parts of a service loaded by serverless (osls 4) that event sources read. */
export type ServerlessFunctions = {
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly serviceDir: string
  /** `servicePath` equals `serviceDir` unless a bundler changed it. */
  readonly config?: { readonly servicePath?: string; readonly serverlessPath?: string }
  readonly service: {
    readonly service?: string
    readonly package?: { readonly artifact?: string }
    readonly custom?: Readonly<Record<string, unknown>>
    readonly provider: {
      readonly region?: string
      readonly runtime?: string
      readonly memorySize?: number
      readonly timeout?: number
      readonly environment?: Readonly<Record<string, unknown>>
    }
    readonly functions?: Readonly<Record<string, FunctionDefinition>>
  }
}

/** `timeout` and `maximumEventAge` are in seconds. */
export type FunctionDefinition = {
  readonly name?: string
  readonly handler?: string
  readonly image?: unknown
  readonly runtime?: string
  readonly memorySize?: number
  readonly timeout?: number
  readonly reservedConcurrency?: number
  readonly maximumRetryAttempts?: number
  readonly maximumEventAge?: number
  readonly environment?: Readonly<Record<string, unknown>>
  readonly package?: { readonly artifact?: string }
  readonly events?: readonly Readonly<Record<string, unknown>>[]
}
