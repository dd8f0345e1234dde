/**
 * Functions in processes of their own, one invocation at a time in each, as Lambda has them (AWS Lambda developer guide,
 * page `lambda-runtime-environment`). Whoever delivers events invokes through a pool; retries and destinations are theirs.
 */
export type { OutputLine } from './container.ts'
export type { CodeSource, ContainerChoice, FunctionSettings, PoolOptions } from './function-settings.ts'
export type { Failure, FailureKind, Outcome, Success } from './outcome.ts'
export { ContainerPool, type InvokeOptions } from './pool.ts'
