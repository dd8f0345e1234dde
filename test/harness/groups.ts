/**
 * Consumer groups by our own client. librdkafka's admin calls on a group end the process with a segmentation fault while the
 * group's coordinator is not available, as on a broker that has just started.
 */

import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'

/** What a group has committed of a topic; -1 where it has committed nothing. */
export async function committedOffsets(
  brokers: string,
  groupId: string,
  topic: string,
  partitions = 1,
): Promise<number[]> {
  const { committed } = await describe(brokers, groupId)
  return Array.from({ length: partitions }, (_, partition) => committed.get(topic)?.get(partition) ?? -1)
}

export async function membersOfGroup(brokers: string, groupId: string): Promise<number> {
  return (await describe(brokers, groupId)).members.length
}

async function describe(brokers: string, groupId: string) {
  const admin = new Admin(openCluster({ brokers: brokers.split(',') }))
  try {
    return await admin.describeGroup(groupId)
  } finally {
    admin.close()
  }
}
