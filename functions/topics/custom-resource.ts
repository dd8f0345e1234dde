/**
 * Responds to CloudFormation's custom resources (user guide, pages `crpg-ref-requests`, `crpg-ref-responses`). Without
 * a response, the stack waits until its timeout.
 */
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'

export type ResourceRequest = {
  readonly RequestType: 'Create' | 'Update' | 'Delete'
  readonly ResponseURL: string
  readonly StackId: string
  readonly RequestId: string
  readonly LogicalResourceId: string
  /** CloudFormation converts all values to strings. */
  readonly ResourceProperties: Readonly<Record<string, string>>
  readonly OldResourceProperties?: Readonly<Record<string, string>>
  /** Absent in a Create request. */
  readonly PhysicalResourceId?: string
}

/** A changed `id` makes CloudFormation delete the old resource. */
export type PhysicalResource = { readonly id: string; readonly data: Readonly<Record<string, unknown>> }

/** Responses are limited to 4,096 bytes. */
const maxReasonLength = 1_000

/** @throws ResponseNotDeliveredError */
export async function respond(
  request: ResourceRequest,
  log: Log,
  make: () => Promise<PhysicalResource>,
): Promise<void> {
  const { RequestType, StackId, RequestId, LogicalResourceId, PhysicalResourceId } = request
  const about = { StackId, RequestId, LogicalResourceId }
  try {
    const { id, data } = await make()
    log.info(`${RequestType} succeeded`, data)
    await send(request, { ...about, Status: 'SUCCESS', PhysicalResourceId: id, Data: data })
  } catch (error) {
    if (error instanceof ResponseNotDeliveredError) throw error
    log.error(`${RequestType} failed`, error as Error)
    const code = error instanceof AppError ? `${error.code}: ` : ''
    await send(request, {
      ...about,
      Status: 'FAILED',
      PhysicalResourceId: PhysicalResourceId ?? 'none',
      Reason: `${code}${messageOf(error)}`.slice(0, maxReasonLength),
    })
  }
}

class ResponseNotDeliveredError extends Error {
  override readonly name = 'ResponseNotDeliveredError'
}

async function send({ ResponseURL }: ResourceRequest, body: object): Promise<void> {
  const response = await fetch(ResponseURL, {
    method: 'PUT',
    // The URL is signed for an empty content type.
    headers: { 'content-type': '' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  }).catch((cause: unknown) => {
    throw new ResponseNotDeliveredError(
      `The response to CloudFormation could not be sent: ${messageOf(cause)}. In a VPC, this requires an endpoint for S3.`,
      { cause },
    )
  })
  if (!response.ok)
    throw new ResponseNotDeliveredError(
      `CloudFormation rejected the response with status ${response.status}.`,
    )
}
