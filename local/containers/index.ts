/**
 * Runs functions in separate processes, with one invocation at a time in each (page `lambda-runtime-environment`).
 * Event sources implement retries and destinations.
 */
export type { OutputLine } from './container.ts'
export type { CodeSource, FunctionSettings, PoolOptions } from './function-settings.ts'
export type { InvocationFailure, InvocationOutcome } from './outcome.ts'
export { ContainerPool } from './pool.ts'
