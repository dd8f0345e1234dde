import { AccessError } from '../../../kafka/access/access.ts'
import { ConnectionError } from '../../../kafka/cluster/connection-error.ts'
import { errorNameOf, ProtocolError } from '../../../kafka/protocol/errors.ts'
import { messageOf } from '../../../lib/errors.ts'
import type { Clock } from './clock.ts'

/**
 * What stands in the way of a mapping, said once when it has lasted a moment, and once more when it is over. A rejected
 * password is said at once: it does not go away by itself.
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

  /** The Lambda API's code for a mapping that cannot work as it is set. */
  get stateReason(): string | undefined {
    return this.#reasons.values().next().value
  }

  /** `source` is who met it; undefined when all is well there. */
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
    // Every request to an unreachable broker fails, each with its own words: one kind of problem, reported once.
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

/** Leaders move and coordinators load within this time; nobody needs to hear of it. */
const patienceMs = 2_000

function kindOf(error: unknown): string {
  if (error instanceof ProtocolError) return errorNameOf(error.code)
  return error instanceof ConnectionError ? 'no connection' : messageOf(error)
}

/** The Lambda API's name for a problem that only a change of settings mends (page `with-kafka-troubleshoot`). */
function stateReasonOf(error: unknown): 'EVENT_SOURCE_AUTHN_ERROR' | 'EVENT_SOURCE_AUTHZ_ERROR' | undefined {
  if (error instanceof AccessError) return 'EVENT_SOURCE_AUTHN_ERROR'
  const isDenied = error instanceof ProtocolError && /_AUTHORIZATION_FAILED$/.test(errorNameOf(error.code))
  return isDenied ? 'EVENT_SOURCE_AUTHZ_ERROR' : undefined
}
