import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { freePort, requireFreePort } from '../programs/ports.ts'
import { type Broker, type BrokerOptions, clusterIdIn, startNode } from './broker.ts'
import type { Node } from './broker-properties.ts'

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

/** Runs a single broker, or several that replicate. */
export class LocalCluster {
  readonly #nodes: readonly Node[]
  readonly #dataDir: string

  private constructor(nodes: readonly Node[], dataDir: string) {
    this.#nodes = nodes
    this.#dataDir = dataDir
  }

  /** @throws USAGE when the folder contains data of another number of brokers */
  static async on(dataDir: string, ports: readonly number[]): Promise<LocalCluster> {
    requireBrokers(ports.length, dataDir)
    const controllerPorts = await Promise.all(ports.map(() => freePort()))
    const nodes = ports.map((port, i) => ({ id: i + 1, port, controllerPort: controllerPorts[i]! }))
    return new LocalCluster(nodes, dataDir)
  }

  get replicated(): boolean {
    return this.#nodes.length > 1
  }

  /** Returns one function per broker that starts or restarts it. */
  starts(signal: AbortSignal): readonly (() => Promise<Broker>)[] {
    if (!this.replicated) {
      return this.#nodes.map((node) => () => startNode(node, [node], { dataDir: this.#dataDir, signal }))
    }
    const clusterId = clusterIdIn(this.#dataDir)
    return this.#nodes.map((node) => () => {
      const dataDir = join(this.#dataDir, String(node.id))
      return startNode(node, this.#nodes, { dataDir, clusterId, signal, ...replicated })
    })
  }
}

/** A single broker's log is in `dataDir` itself; several brokers use subfolders named by id. */
function requireBrokers(wanted: number, dataDir: string): void {
  const found = existsSync(join(dataDir, '1', 'log')) ? 3 : existsSync(join(dataDir, 'log')) ? 1 : wanted
  if (found === wanted) return
  throw new AppError(
    'USAGE',
    `${dataDir} contains the data of ${found === 1 ? 'one broker' : 'three brokers'}. Start with "--brokers ${found}", ` +
      'choose another folder with DATA_DIR, or remove the data with "npm run reset".',
  )
}
