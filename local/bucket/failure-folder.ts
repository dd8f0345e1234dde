import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { functionArn } from '../containers/function-arn.ts'
import type { InvocationFailure } from '../containers/outcome.ts'
import { syncFolder } from './durable-map.ts'
import type { EventDelivery } from './event-queue.ts'

export type AbandonedDelivery = {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency'
  readonly attempts: number
  /** The last attempt's failure, if any. */
  readonly failure?: InvocationFailure
}

/** Writes a record below `parent` and returns its path. Idempotent per event. */
export async function writeFailure(
  parent: string,
  region: string,
  delivery: EventDelivery,
  abandoned: AbandonedDelivery,
): Promise<string> {
  const folder = join(parent, delivery.functionKey)
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${delivery.id}.json`)
  const record = invocationRecord(delivery, abandoned, region, new Date())
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { flush: true })
  await rename(`${file}.new`, file)
  await syncFolder(folder)
  return file
}

/** Returns Lambda's record for an on-failure destination (page `invocation-async-retain-records`). */
export function invocationRecord(
  delivery: EventDelivery,
  { condition, attempts, failure }: AbandonedDelivery,
  region: string,
  now: Date,
) {
  return {
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: {
      requestId: delivery.id,
      functionArn: `${functionArn(region, delivery.functionKey)}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: delivery.event,
    ...(failure && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: {
        errorType: failure.errorType,
        errorMessage: failure.errorMessage,
        trace: failure.trace,
      },
    }),
  }
}
