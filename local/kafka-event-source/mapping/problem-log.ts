import { AccessError } from '../../../kafka/access/access.ts'
import { ConnectionError } from '../../../kafka/cluster/connection-error.ts'
import { UnsupportedBrokerError } from '../../../kafka/cluster/unsupported-broker.ts'
import { errorNameOf, ProtocolError } from '../../../kafka/protocol/errors.ts'
import { UnreadableBatchError } from '../../../kafka/records/unreadable-batch.ts'
import { messageOf } from '../../../lib/errors.ts'
import type { Clock } from '../batch/clock.ts'

/** The Lambda API's code for a problem that only new settings solve (page `with-kafka-troubleshoot`). */
export type StateReason = 'EVENT_SOURCE_AUTHN_ERROR' | 'EVENT_SOURCE_AUTHZ_ERROR'

/** Leader elections and coordinator loading usually end within this time. */
const graceMs = 2_000

/**
 * Logs each kind of problem once, and `recovered` when all have ended. Waits `graceMs`, except for permanent
 * problems.
 */
export class ProblemLog {
  readonly #clock: Clock
  readonly #log: (line: string) => void
  readonly #describe: (error: unknown) => string
  readonly #startedAt = new Map<string, number>()
  readonly #logged = new Map<string, string>()
  readonly #reasons = new Map<string, StateReason>()

  constructor(clock: Clock, log: (line: string) => void, describe: (error: unknown) => string) {
    this.#clock = clock
    this.#log = log
    this.#describe = describe
  }

  get stateReason(): StateReason | undefined {
    return this.#reasons.values().next().value
  }

  /** Reports recovery if `error` is undefined. */
  report(activity: string, error: unknown): void {
    if (error === undefined) {
      if (this.forget(activity) && this.#logged.size === 0) this.#log('recovered')
      return
    }
    const reason = stateReasonOf(error)
    if (reason === undefined) this.#reasons.delete(activity)
    else this.#reasons.set(activity, reason)
    const now = this.#clock.now()
    const since = this.#startedAt.get(activity) ?? now
    this.#startedAt.set(activity, since)
    if (!isPermanent(error) && now - since < graceMs) return
    // Compares kinds, because the messages about one unreachable broker differ.
    const kind = kindOf(error)
    const isLogged = [...this.#logged.values()].includes(kind)
    this.#logged.set(activity, kind)
    if (!isLogged) this.#log(this.#describe(error))
  }

  /** Ends the activity's problem without logging. @returns true if the problem was logged */
  forget(activity: string): boolean {
    this.#startedAt.delete(activity)
    this.#reasons.delete(activity)
    return this.#logged.delete(activity)
  }
}

function kindOf(error: unknown): string {
  if (error instanceof ProtocolError) return errorNameOf(error.code)
  return error instanceof ConnectionError ? 'no connection' : messageOf(error)
}

function isPermanent(error: unknown): boolean {
  return (
    stateReasonOf(error) !== undefined ||
    error instanceof UnsupportedBrokerError ||
    error instanceof UnreadableBatchError
  )
}

function stateReasonOf(error: unknown): StateReason | undefined {
  if (error instanceof AccessError) return 'EVENT_SOURCE_AUTHN_ERROR'
  const isDenied = error instanceof ProtocolError && /_AUTHORIZATION_FAILED$/.test(errorNameOf(error.code))
  return isDenied ? 'EVENT_SOURCE_AUTHZ_ERROR' : undefined
}
