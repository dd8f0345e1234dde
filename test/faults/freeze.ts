/** Faults of connections and credentials while containers are frozen between two invocations. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../harness/random.ts'
import { idleLimitMs, sessionLifeMs } from './cluster.ts'
import type { Freeze } from './counting-plan.ts'
import type { Relay } from './relay.ts'

/** Resolves at the end of the freeze. */
export async function whileFrozen(freeze: Freeze, relays: readonly Relay[], random: Random): Promise<void> {
  switch (freeze) {
    case 'connections lost while frozen':
      for (const relay of relays) relay.drop()
      return delay(50)
    case 'connections silenced while frozen':
      for (const relay of relays) relay.silence()
      // Silent connections are found by a probe after a long freeze, and by the first request after a short one.
      return delay(random.chance(0.5) ? 50 : idleLimitMs + 1_000)
    case 'frozen beyond the idle limit':
      return delay(idleLimitMs * 1.5)
    case 'frozen beyond the session':
      return delay(sessionLifeMs + 1_500)
    default:
      return freeze satisfies never
  }
}
