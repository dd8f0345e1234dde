/**
 * Holds the objects of warm containers of `ingest`, `count` and `counts` in one process, and executes requests of its
 * parent one after the other. TOKEN_LIFE_SECONDS: with KAFKA_SECURITY=iam.
 */

import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { KafkaCluster } from '../../books/count/kafka-cluster.ts'
import { WarmProducer } from '../../books/ingest/warm-producer.ts'
import { StateReader } from '../../books/state-reader.ts'
import { EventCounter } from '../../functions/count/count-event.ts'
import { Producer } from '../../kafka/producer/producer.ts'
import { messageOf } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { unsecuredTokens } from './unsecured-token.ts'
import type { ContainerRequest, ContainerResponse } from './warm-container.ts'

const tokenLife = process.env.TOKEN_LIFE_SECONDS
const config = {
  ...readConfig(process.env),
  ...(tokenLife !== undefined && { credentials: unsecuredTokens(Number(tokenLife)) }),
}
const counter = new EventCounter({
  cluster: new KafkaCluster(config),
  emit: config.emit,
  log: silentLog,
  metrics: noMetrics,
})
const counts = new StateReader(openCluster(config), config.topics)
const ingestCluster = openCluster(config)
const producer = new WarmProducer(() => Producer.open(ingestCluster, config.topics.books))

process.on('message', async (request: ContainerRequest) => {
  const response: ContainerResponse = await handle(request).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: messageOf(error) }),
  )
  process.send!(response)
})
// Its connections would keep the process alive.
process.once('disconnect', () => process.exit())

async function handle(request: ContainerRequest): Promise<number> {
  switch (request.function) {
    case 'ingest':
      await producer.use(async (open) => {
        const writer = open.writer(Buffer.from(request.book))
        for (const line of request.lines) while (!writer.offer(Buffer.from(line))) await writer.room()
        await writer.acknowledged()
      })
      return request.lines.length
    case 'count':
      await counter.count(request.event)
      return 0
    case 'counts':
      return (await counts.counts()).lines
    default:
      return request satisfies never
  }
}
