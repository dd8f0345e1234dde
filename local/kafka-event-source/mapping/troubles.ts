import { AccessError } from '../../../kafka/access/access.ts'
import { ConnectionError } from '../../../kafka/cluster/connection-error.ts'
import { errorNameOf, ProtocolError } from '../../../kafka/protocol/errors.ts'
import { messageOf } from '../../../lib/errors.ts'
import type { Clock } from './clock.ts'

/**
 * Logs a mapping's problems: each kind once, after `patienceMs`, then `recovered` when all have ended. Logs
 * authentication and authorization errors immediately, because retries do not fix them.
 */
export class Troubles {
  readonly #clock: Clock
  readonly #say: (line: string) => void
  readonly #since = new Map<string, number>()
  readonly #said = new Map<string, string>()
  readonly #reasons = new Map<string, string>()

  constructor(clock: Clock, say: (line: string) => void) {
    this.#clock = clock
    this.#say = say
  }

  /** The Lambda API's code for a mapping that needs other settings. */
  get stateReason(): string | undefined {
    return this.#reasons.values().next().value
  }

  /** `source`: the failing activity, such as `fetch` or `commit`. An undefined `error` marks it as recovered. */
  report(source: string, error: unknown): void {
    if (error === undefined) {
      this.#over(source)
      return
    }
    const reason = stateReasonOf(error)
    if (reason === undefined) this.#reasons.delete(source)
    else this.#reasons.set(source, reason)
    const now = this.#clock.now()
    const since = this.#since.get(source) ?? now
    this.#since.set(source, since)
    const lasts = reason !== undefined || now - since >= patienceMs
    // Requests to an unreachable broker fail with different messages: compares kinds, to log the problem once.
    const kind = kindOf(error)
    const isSaid = [...this.#said.values()].includes(kind)
    if (!lasts) return
    this.#said.set(source, kind)
    if (!isSaid) this.#say(`${messageOf(error)}; retrying`)
  }

  #over(source: string): void {
    this.#since.delete(source)
    this.#reasons.delete(source)
    if (this.#said.delete(source) && this.#said.size === 0) this.#say('recovered')
  }
}

/** Leader elections and coordinator loading usually end within this time. */
const patienceMs = 2_000

function kindOf(error: unknown): string {
  if (error instanceof ProtocolError) return errorNameOf(error.code)
  return error instanceof ConnectionError ? 'no connection' : messageOf(error)
}

/** Returns the Lambda API's code for a problem that only new settings fix (page `with-kafka-troubleshoot`). */
function stateReasonOf(error: unknown): 'EVENT_SOURCE_AUTHN_ERROR' | 'EVENT_SOURCE_AUTHZ_ERROR' | undefined {
  if (error instanceof AccessError) return 'EVENT_SOURCE_AUTHN_ERROR'
  const isDenied = error instanceof ProtocolError && /_AUTHORIZATION_FAILED$/.test(errorNameOf(error.code))
  return isDenied ? 'EVENT_SOURCE_AUTHZ_ERROR' : undefined
}
