import type { ErrorShape } from './protocol.ts'

/** `not-invoked`: the function did not run. */
export type FailureKind = 'handler' | 'timeout' | 'crash' | 'init' | 'not-invoked'

export type InvocationFailure = ErrorShape & {
  readonly ok: false
  readonly requestId: string
  readonly kind: FailureKind
}

/** `payload` is JSON text. */
export type InvocationOutcome =
  | { readonly ok: true; readonly requestId: string; readonly payload: string }
  | InvocationFailure

export function failure(
  requestId: string,
  kind: FailureKind,
  error: { errorType: string; errorMessage: string; trace?: readonly string[] },
): InvocationFailure {
  return { ok: false, requestId, kind, trace: [], ...error }
}

export function notInvoked(requestId: string, { name, message }: Error): InvocationFailure {
  return failure(requestId, 'not-invoked', { errorType: name, errorMessage: message })
}

export function timedOut(requestId: string, timeoutMs: number): InvocationFailure {
  return failure(requestId, 'timeout', {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
  })
}

export function exited(requestId: string, code: number | null, signal: string | null): InvocationFailure {
  const how =
    signal !== null
      ? `Runtime exited with error: signal: ${signal}`
      : code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: exit status ${code}`
  return failure(requestId, 'crash', {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: ${how}`,
  })
}
