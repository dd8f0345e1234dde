/** The brokers of a system under faults, which `npm start` or the harness runs. */
import { signal } from '../harness/process-tree.ts'
import { Random } from '../harness/random.ts'
import type { System, SystemPart } from '../harness/system.ts'
import type { FaultyCluster, ListenerAccess } from './cluster.ts'
import { type Freeze, freezesOf } from './counting-plan.ts'
import type { Relay } from './relay.ts'

/**
 * `plaintext` and `SCRAM` are listeners of a cluster that the harness runs, with relays and a low idle limit, so that
 * connections can be lost during a freeze.
 */
export const systemKinds = ['own brokers', 'plaintext', 'SCRAM'] as const
export type SystemKind = (typeof systemKinds)[number]

export function systemKindOf(seed: number): SystemKind {
  return new Random(seed + 4).of(systemKinds)
}

export interface SystemBrokers {
  /** `host:port` of each listener without security. */
  readonly addresses: readonly string[]
  /** Empty if the functions connect directly. */
  readonly relays: readonly Relay[]
  /** Effects on connections and sessions while containers are frozen. */
  readonly freezes: readonly Freeze[]
  /** True if `npm start` runs the brokers. It exits after the end of its only broker, and restarts one of three. */
  readonly isOwn: boolean
  suspend(id: number): void
  resume(id: number): void
  /** Same as `kill -9`. */
  kill(id: number): Promise<void>
  /** Restarts a killed broker, unless `npm start` does. */
  restart(id: number): Promise<void>
}

export function ownBrokers(system: System): SystemBrokers {
  const signalTo = (id: number, name: NodeJS.Signals) => {
    for (const pid of system.pids(`broker ${id}` as SystemPart)) signal(pid, name)
  }
  return {
    addresses: system.config.brokers,
    relays: [],
    freezes: [],
    isOwn: true,
    suspend: (id) => signalTo(id, 'SIGSTOP'),
    resume: (id) => signalTo(id, 'SIGCONT'),
    kill: async (id) => signalTo(id, 'SIGKILL'),
    restart: async () => undefined,
  }
}

export function brokersBeside(cluster: FaultyCluster, access: ListenerAccess): SystemBrokers {
  return {
    addresses: cluster.brokers.split(','),
    relays: cluster.relays,
    freezes: freezesOf(access),
    isOwn: false,
    suspend: (id) => cluster.suspend(id),
    resume: (id) => cluster.resume(id),
    kill: (id) => cluster.kill(id),
    restart: (id) => cluster.restart(id),
  }
}
