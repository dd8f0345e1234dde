import { openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import { AppError } from '../../../lib/errors.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import { Groups } from './described-groups.ts'
import type { GroupWithOffsets } from './offsets.ts'

const timeoutMs = 10_000

type Clients = { readonly admin: Admin; readonly groups: Groups; readonly config: LocalConfig }

export async function withGroups(
  config: LocalConfig,
  work: (clients: Clients) => Promise<void>,
): Promise<void> {
  const admin = new Admin(openCluster(config), timeoutMs)
  const groups = new Groups(config, timeoutMs)
  try {
    await work({ admin, groups, config })
  } finally {
    admin.close()
    groups.close()
  }
}

/** @throws USAGE when the group has members, because they would overwrite the offsets */
export function requireNoMembers({ group, members }: Pick<GroupWithOffsets, 'group' | 'members'>): void {
  if (members.length === 0) return
  const clients = [...new Set(members.map(({ client, host }) => `${client} at ${host}`))].join(', ')
  throw new AppError('USAGE', `The group ${group} has members (${clients}). Stop them first.`)
}
