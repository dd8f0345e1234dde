import type { PoolOptions } from './containers/index.ts'

/** What the local event sources read of a service that serverless (osls 4) has loaded; everything in it is resolved. */
export type Serverless = {
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly serviceDir: string
  readonly service: {
    readonly provider: {
      readonly region?: string
      readonly memorySize?: number
      readonly timeout?: number
      readonly environment?: Readonly<Record<string, unknown>>
    }
    readonly functions?: Readonly<Record<string, FunctionDefinition>>
  }
}

/** A function of serverless.yml; `timeout` and `maximumEventAge` are in seconds. */
export type FunctionDefinition = {
  readonly name?: string
  readonly handler?: string
  readonly memorySize?: number
  readonly timeout?: number
  readonly reservedConcurrency?: number
  readonly maximumRetryAttempts?: number
  readonly maximumEventAge?: number
  readonly environment?: Readonly<Record<string, unknown>>
  readonly events?: readonly Readonly<Record<string, unknown>>[]
}

/** Serverless's own defaults (its AWS reference), not Lambda's. */
const defaults = { region: 'us-east-1', memorySize: 1024, timeoutSeconds: 6 } as const

/** How containers run a function of the service. */
export function containerOptions(
  { service, serviceDir }: Serverless,
  functionKey: string,
  definition: FunctionDefinition & { readonly handler: string },
): PoolOptions {
  const { provider } = service
  const concurrency = definition.reservedConcurrency
  return {
    functionName: definition.name ?? functionKey,
    label: functionKey,
    handler: definition.handler,
    serviceDir,
    environment: { ...texts(provider.environment), ...texts(definition.environment) },
    region: provider.region ?? defaults.region,
    memorySize: definition.memorySize ?? provider.memorySize ?? defaults.memorySize,
    timeoutMs: 1_000 * (definition.timeout ?? provider.timeout ?? defaults.timeoutSeconds),
    ...(concurrency !== undefined && concurrency > 0 && { maxConcurrency: concurrency }),
  }
}

/** References that only a deployment resolves are left out, as is null, which takes a variable away. */
function texts(environment: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === null || typeof value === 'object' ? [] : [[name, String(value)]],
    ),
  )
}
