/**
 * What the Kafka client throws, by the names of Kafka's protocol (Kafka documentation, "Protocol error codes").
 * The client wraps a broker's answers in an aggregate; a connection's end has no name.
 */
const coordinatorMoved: ReadonlySet<string> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
])

const membershipLost: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
])

const unauthorised = /_AUTHORIZATION_FAILED$/

export function protocolErrorOf(error: unknown): string | undefined {
  for (const one of flatten(error)) {
    const { apiId } = one as { apiId?: unknown }
    if (typeof apiId === 'string') return apiId
  }
  return undefined
}

export const isCoordinatorMoved = (error: unknown): boolean =>
  coordinatorMoved.has(protocolErrorOf(error) ?? '')

export const isMembershipLost = (error: unknown): boolean => membershipLost.has(protocolErrorOf(error) ?? '')

/** No broker answered: refused, closed, timed out, whichever of them met it. */
export const isConnectionTrouble = (error: unknown): boolean =>
  flatten(error).some((one) => (one as { code?: unknown }).code === 'PLT_KFK_NETWORK')

/** The Lambda API's name for a problem that only a change of settings mends (page `with-kafka-troubleshoot`). */
export function stateReasonOf(
  error: unknown,
): 'EVENT_SOURCE_AUTHN_ERROR' | 'EVENT_SOURCE_AUTHZ_ERROR' | undefined {
  const code = protocolErrorOf(error) ?? ''
  if (unauthorised.test(code)) return 'EVENT_SOURCE_AUTHZ_ERROR'
  const authentication = flatten(error).some(
    (one) => (one as { code?: unknown }).code === 'PLT_KFK_AUTHENTICATION',
  )
  return code === 'SASL_AUTHENTICATION_FAILED' || authentication ? 'EVENT_SOURCE_AUTHN_ERROR' : undefined
}

/** One sentence: the innermost reason, which is what helps. */
export function describeError(error: unknown): string {
  const reasons = flatten(error).filter((one) => !('errors' in one && Array.isArray(one.errors)))
  const last = reasons.at(-1)
  if (last === undefined) return String(error)
  return protocolErrorOf(error) ?? (last.message || String((last as { code?: unknown }).code ?? last.name))
}

/** The error, what it gathers and what caused it, outermost first. */
function flatten(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const gathered = (error as { errors?: unknown }).errors
  return [error, ...(Array.isArray(gathered) ? gathered.flatMap(flatten) : []), ...flatten(error.cause)]
}
