import type { Cluster } from '../cluster/cluster.ts'
import type { Isolation } from '../protocol/fetch.ts'
import { earliest, latest, listOffsetsRequest } from '../protocol/list-offsets.ts'

/** Named as in Lambda. */
export type OffsetPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number }

/**
 * For a time after all records, returns the end offsets.
 * @throws ProtocolError, ConnectionError, AccessError
 */
export async function offsetsAt(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  position: OffsetPosition,
  isolation: Isolation = 'read_uncommitted',
): Promise<ReadonlyMap<number, number>> {
  const list = async (requested: readonly number[], timestamp: number) => {
    const found = await cluster.sendToLeaders(topic, requested, (ofLeader) =>
      listOffsetsRequest(topic, ofLeader, timestamp, isolation),
    )
    return new Map(found.flatMap((offsets) => [...offsets]))
  }
  if (position.type !== 'AT_TIMESTAMP')
    return list(partitions, position.type === 'LATEST' ? latest : earliest)
  const found = await list(partitions, position.timestampMs)
  const missing = partitions.filter((partition) => !found.has(partition))
  return new Map([...found, ...(await list(missing, latest))])
}
