import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { InvocationFailure } from '../containers/index.ts'
import { syncFolder } from './durable-map.ts'
import type { EventDelivery } from './event-queue.ts'

export type AbandonedDelivery = {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency'
  readonly attempts: number
  /** Failure of the last attempt, if any. */
  readonly failure?: InvocationFailure
}

/** Lambda's record for an on-failure destination (page `invocation-async-retain-records`). */
export type InvocationRecord = {
  readonly version: '1.0'
  readonly timestamp: string
  readonly requestContext: {
    readonly requestId: string
    readonly functionArn: string
    readonly condition: AbandonedDelivery['condition']
    readonly approximateInvokeCount: number
  }
  readonly requestPayload: unknown
  readonly responseContext?: {
    readonly statusCode: 200
    readonly executedVersion: '$LATEST'
    readonly functionError: 'Unhandled'
  }
  readonly responsePayload?: Pick<InvocationFailure, 'errorType' | 'errorMessage' | 'trace'>
}

export class OnFailureFolder {
  readonly folder: string

  readonly #region: string

  constructor(folder: string, region: string) {
    this.folder = folder
    this.#region = region
  }

  /** Writes a record and returns its path. Idempotent per event. */
  async add(delivery: EventDelivery, abandoned: AbandonedDelivery): Promise<string> {
    const folder = join(this.folder, delivery.functionKey)
    await mkdir(folder, { recursive: true })
    const file = join(folder, `${delivery.id}.json`)
    const record = invocationRecord(delivery, abandoned, this.#region, new Date())
    const handle = await open(`${file}.new`, 'w')
    await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`)
    await handle.datasync()
    await handle.close()
    await rename(`${file}.new`, file)
    await syncFolder(folder)
    return file
  }
}

export function invocationRecord(
  delivery: EventDelivery,
  abandoned: AbandonedDelivery,
  region: string,
  now: Date,
): InvocationRecord {
  const { condition, attempts, failure } = abandoned
  return {
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: {
      requestId: delivery.id,
      functionArn: `arn:aws:lambda:${region}:000000000000:function:${delivery.functionKey}:$LATEST`,
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
