/**
 * Reads consumer groups with our client. librdkafka's admin calls on a group crash the process with a segmentation fault
 * while the group's coordinator is unavailable, for example after the start of a broker.
 */

import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'

/** Returns the committed offsets of a group; -1 for a partition without one. */
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
