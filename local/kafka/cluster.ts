import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../../lib/errors.ts'
import { freePort, requireFreePort } from '../programs/ports.ts'
import { type Broker, type BrokerOptions, clusterIdIn, startNode } from './broker.ts'

/** Settings that save memory. */
const replicated: Pick<BrokerOptions, 'heapMb' | 'properties'> = {
  heapMb: 256,
  properties: { 'offsets.topic.num.partitions': 10, 'transaction.state.log.num.partitions': 10 },
}

/** @throws PORT_IN_USE naming the port and its variable */
export async function requireBrokerPorts(ports: readonly number[]): Promise<void> {
  for (const [above, port] of ports.entries()) {
    await requireFreePort(port, above === 0 ? 'KAFKA_PORT' : `KAFKA_PORT (it is ${above} above)`)
  }
}

/**
 * Returns one function per broker that starts or restarts it: a single broker, or several that replicate.
 * @throws USAGE when the folder contains data of another number of brokers
 */
export async function brokerStarts(
  dataDir: string,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<readonly (() => Promise<Broker>)[]> {
  requireBrokers(ports.length, dataDir)
  const controllerPorts = await Promise.all(ports.map(() => freePort()))
  const nodes = ports.map((port, i) => ({ id: i + 1, port, controllerPort: controllerPorts[i]! }))
  if (nodes.length === 1) return nodes.map((node) => () => startNode(node, nodes, { dataDir, signal }))
  const common = { clusterId: clusterIdIn(dataDir), signal, ...replicated }
  return nodes.map(
    (node) => () => startNode(node, nodes, { dataDir: join(dataDir, String(node.id)), ...common }),
  )
}

/** A single broker's log is in `dataDir` itself; several brokers use subfolders named by id. */
function requireBrokers(wanted: number, dataDir: string): void {
  const found = existsSync(join(dataDir, '1', 'log')) ? 3 : existsSync(join(dataDir, 'log')) ? 1 : wanted
  if (found === wanted) return
  throw usageError(
    `${dataDir} contains the data of ${found === 1 ? 'one broker' : 'three brokers'}. Start with "--brokers ${found}", ` +
      'choose another folder with DATA_DIR, or remove the data with "npm run reset".',
  )
}
