import { join } from 'node:path'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { type Broker, startBroker } from '../../local/kafka/broker.ts'
import { freePort } from '../../local/programs/ports.ts'
import type { Properties } from '../../local/programs/properties-text.ts'
import { endWithProcess } from './end-with-process.ts'
import { temporaryFolder } from './names.ts'

/** A real broker with short delays and small internal topics. */
export const testProperties: Properties = {
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 1,
  'group.min.session.timeout.ms': 1_000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
  'log.cleaner.io.buffer.size': 256 * 1024,
  'log.cleaner.backoff.ms': 500,
}

/**
 * The broker of this test run, `host:port`: either `test/run.ts` started it for all files, or it belongs to this process
 * and ends with it. Tests share the broker, so each uses separate topics and groups (`uniqueUserid`).
 */
export async function startKafka(): Promise<{ readonly brokers: string }> {
  const shared = process.env.TEST_BROKERS
  if (shared) return { brokers: shared }
  own ??= startOwnKafka()
  return await own
}

let own: Promise<Broker> | undefined

/** A broker that a test may stop, kill and restart, on `port` and `dataDir` if given. It ends with the process. */
export async function startOwnKafka(
  options: { port?: number; dataDir?: string; properties?: Properties; pluginPath?: string } = {},
): Promise<Broker> {
  await fetchJars()
  const broker = await startBroker({
    port: options.port ?? (await freePort()),
    dataDir: options.dataDir ?? join(temporaryFolder(), 'kafka'),
    heapMb: 384,
    ...(options.pluginPath !== undefined && { pluginPath: options.pluginPath }),
    properties: { ...testProperties, ...options.properties },
  })
  endWithProcess(broker)
  return broker
}
