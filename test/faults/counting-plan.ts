/** Derives the faults and the access of a counting schedule from its seed. */
import type { Random } from '../harness/random.ts'
import type { ListenerAccess } from './cluster.ts'

/** Faults of a container between two invocations. */
export const freezes = [
  'connections lost while frozen',
  'connections silenced while frozen',
  'frozen beyond the idle limit',
  'frozen beyond the session',
] as const

export type Freeze = (typeof freezes)[number]

/** The others happen during an event. */
const countingFaults = [
  'kill a container',
  'zombie',
  'deliver to two containers',
  'time out',
  ...freezes,
  'broker unreachable',
  'broker silent',
  'broker suspended',
  'broker killed',
  'state topic lost',
] as const

export type CountingFault = (typeof countingFaults)[number]

/** The faults of a schedule: always a kill, a zombie and a freeze, and some others. */
export function planOf(random: Random, access: ListenerAccess): CountingFault[] {
  const possible = freezesOf(access)
  const plan: CountingFault[] = ['kill a container', 'zombie', random.of(possible)]
  const rare: readonly CountingFault[] = ['broker killed', 'time out', ...freezes]
  const common = [...countingFaults.filter((fault) => !rare.includes(fault)), ...possible]
  for (let more = 1 + random.below(5); more > 0; more--) plan.push(random.of(common))
  if (random.chance(0.15)) plan.push('broker killed')
  if (random.chance(0.1)) plan.push('time out')
  return plan
}

/** Without SASL there is no session. */
export function freezesOf(access: ListenerAccess): readonly Freeze[] {
  return access === 'plaintext' ? freezes.filter((freeze) => freeze !== 'frozen beyond the session') : freezes
}

/** Half of the schedules connect without security. */
export function accessOf(random: Random): ListenerAccess {
  return random.of(['plaintext', 'plaintext', 'SCRAM', 'OAUTHBEARER'])
}
