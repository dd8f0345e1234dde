import { AppError } from '../../lib/errors.ts'
import type { ContainerPool } from '../containers/pool.ts'
import type { FunctionDefinition, ServerlessFunctions } from '../serverless/service.ts'
import { asyncDefaults } from './async-function.ts'
import type { SubscribedFunction } from './event-source.ts'
import { readSubscription, type S3EventDefinition } from './subscriptions.ts'

/** @throws CONFIG_INVALID when a function has no handler or an invalid `s3` event */
export function readSubscribers({ service }: ServerlessFunctions) {
  return Object.entries(service.functions ?? {}).flatMap(([functionKey, definition]) => {
    const subscriptions = (definition.events ?? []).flatMap(({ s3 }) =>
      s3 === undefined ? [] : [readSubscription(functionKey, s3 as S3EventDefinition)],
    )
    if (subscriptions.length === 0) return []
    if (definition.handler === undefined) {
      throw new AppError('CONFIG_INVALID', `Function "${functionKey}" in serverless.yml has no handler.`)
    }
    return [{ functionKey, definition, subscriptions }]
  })
}

export function subscribedFunction(
  functionKey: string,
  definition: FunctionDefinition,
  pool: ContainerPool,
  retryDelaysMs: readonly number[],
): SubscribedFunction {
  const age = definition.maximumEventAge
  return {
    functionKey,
    functionName: pool.settings.functionName,
    maximumRetryAttempts: definition.maximumRetryAttempts ?? asyncDefaults.maximumRetryAttempts,
    maximumEventAgeMs: age === undefined ? asyncDefaults.maximumEventAgeMs : 1_000 * age,
    concurrency: definition.reservedConcurrency ?? asyncDefaults.concurrency,
    retryDelaysMs,
    invoke: (payload, requestId) => pool.invoke(payload, { requestId }),
  }
}
