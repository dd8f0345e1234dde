/** `not-invoked`: the function did not run. */
export type FailureKind = 'handler' | 'timeout' | 'crash' | 'init' | 'not-invoked'

type InvocationSuccess = { readonly ok: true; readonly requestId: string; readonly payload: string }

export type InvocationFailure = {
  readonly ok: false
  readonly requestId: string
  readonly kind: FailureKind
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/** `payload` is JSON text. */
export type InvocationOutcome = InvocationSuccess | InvocationFailure

export function failure(
  requestId: string,
  kind: FailureKind,
  error: { errorType: string; errorMessage: string; trace?: readonly string[] },
): InvocationFailure {
  return { ok: false, requestId, kind, trace: [], ...error }
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
