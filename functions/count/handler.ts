/** `count`: counts lines of `<userid>.books` and publishes the counts to `<userid>.book-count`. */
import { readConfig } from '../../books/config.ts'
import { KafkaCluster } from '../../books/count/kafka-cluster.ts'
import type { KafkaEvent } from '../../lambda/kafka-event.ts'
import { parseKafkaEventsLazily } from '../../lambda/lazy-json.ts'
import { createLog } from '../../lib/log.ts'
import { createMetrics } from '../../lib/metrics.ts'
import { EventCounter } from './count-event.ts'

parseKafkaEventsLazily()
const config = readConfig(process.env)
const cluster = new KafkaCluster(config)
const counter = new EventCounter({
  cluster,
  emit: config.emit,
  log: createLog('count'),
  metrics: createMetrics('count', config.metricsNamespace),
})

/** @throws every error, so that the mapping redelivers the batch */
export async function handler(event: KafkaEvent): Promise<void> {
  await counter.count(event)
}

process.once('SIGTERM', () => {
  counter.close()
  cluster.close()
})
