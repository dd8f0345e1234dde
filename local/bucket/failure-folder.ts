import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { S3Event } from '../../lib/s3-event.ts'
import type { Failure } from '../containers/index.ts'
import { syncFolder } from './durable-map.ts'
import type { Delivery } from './event-queue.ts'

export type GaveUp = {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency'
  readonly attempts: number
  /** The last attempt's, if there was one. */
  readonly failure?: Failure
}

/** What Lambda sends to an on-failure destination (page `invocation-async-retain-records`). */
export type InvocationRecord = {
  readonly version: '1.0'
  readonly timestamp: string
  readonly requestContext: {
    readonly requestId: string
    readonly functionArn: string
    readonly condition: GaveUp['condition']
    readonly approximateInvokeCount: number
  }
  readonly requestPayload: S3Event
  readonly responseContext?: {
    readonly statusCode: 200
    readonly executedVersion: '$LATEST'
    readonly functionError: 'Unhandled'
  }
  readonly responsePayload?: Pick<Failure, 'errorType' | 'errorMessage' | 'trace'>
}

/** The on-failure destination: a folder for each function, one JSON file for each event that was given up. */
export class FailureFolder {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** On disk when it resolves, with the file's path. Twice for the same event is once. */
  async add(delivery: Delivery, gaveUp: GaveUp): Promise<string> {
    const folder = join(this.folder, delivery.functionKey)
    await mkdir(folder, { recursive: true })
    const file = join(folder, `${delivery.id}.json`)
    const handle = await open(`${file}.new`, 'w')
    await handle.writeFile(`${JSON.stringify(invocationRecord(delivery, gaveUp, new Date()), null, 2)}\n`)
    await handle.datasync()
    await handle.close()
    await rename(`${file}.new`, file)
    await syncFolder(folder)
    return file
  }
}

export function invocationRecord(delivery: Delivery, gaveUp: GaveUp, now: Date): InvocationRecord {
  const { condition, attempts, failure } = gaveUp
  const region = delivery.event.Records[0]?.awsRegion ?? ''
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
