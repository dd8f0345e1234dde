/**
 * Runs functions in separate processes, one invocation at a time in each, as Lambda does (AWS Lambda developer guide, page
 * `lambda-runtime-environment`). Event sources implement retries and destinations.
 */
export type { OutputLine } from './container.ts'
export type { CodeSource, ContainerChoice, FunctionSettings, PoolOptions } from './function-settings.ts'
export type { Failure, FailureKind, Outcome, Success } from './outcome.ts'
export { ContainerPool, type InvokeOptions } from './pool.ts'
