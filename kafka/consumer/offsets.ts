import type { Cluster } from '../cluster/cluster.ts'
import type { Isolation } from '../protocol/fetch.ts'
import { earliest, latest, listOffsetsRequest } from '../protocol/list-offsets.ts'

/** A starting position, named as in Lambda. */
export type OffsetPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number }

/**
 * A time after all records maps to the log's end.
 * @throws ProtocolError, ConnectionError, AccessError
 */
export async function offsetsAt(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  position: OffsetPosition,
  isolation: Isolation = 'read_uncommitted',
): Promise<ReadonlyMap<number, number>> {
  const listed = async (requested: readonly number[], timestamp: number) => {
    const found = await cluster.sendToLeaders(topic, requested, (led) =>
      listOffsetsRequest(topic, led, timestamp, isolation),
    )
    return new Map(found.flatMap((offsets) => [...offsets]))
  }
  switch (position.type) {
    case 'TRIM_HORIZON':
      return listed(partitions, earliest)
    case 'LATEST':
      return listed(partitions, latest)
    case 'AT_TIMESTAMP': {
      const found = await listed(partitions, position.timestampMs)
      const missing = partitions.filter((partition) => !found.has(partition))
      return new Map([...found, ...(await listed(missing, latest))])
    }
    default:
      return position satisfies never
  }
}
