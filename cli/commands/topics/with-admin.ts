import { openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import { topicName } from '../../options/topic-name.ts'

const timeoutMs = 5_000

export const nameHelp =
  'prefixed by the user id unless it has the prefix; without a name, the three topics of this system'

export type ExactNameOption = { readonly exact?: true }

export function topicNames(
  names: readonly string[],
  { exact }: ExactNameOption,
  config: LocalConfig,
): readonly string[] {
  if (names.length === 0) return Object.values(config.topics)
  return names.map((name) => topicName(name, exact === true, config))
}

export async function withAdmin(
  config: LocalConfig,
  work: (admin: Admin, config: LocalConfig) => Promise<void>,
): Promise<void> {
  const admin = new Admin(openCluster(config), timeoutMs)
  try {
    await work(admin, config)
  } finally {
    admin.close()
  }
}
