/**
 * Runs `count` in a container that reports its process id, so that it can be killed or suspended. Error messages begin with
 * their code. Uses the deployed handler; with TOKEN_LIFE_SECONDS, the same objects with tokens for Kafka's test validator.
 */

import { readConfig } from '../../books/config.ts'
import { KafkaCluster } from '../../books/count/kafka-cluster.ts'
import { EventCounter } from '../../functions/count/count-event.ts'
import type { KafkaEvent } from '../../lambda/kafka-event.ts'
import { AppError } from '../../lib/errors.ts'
import { createLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { unsecuredTokens } from '../harness/unsecured-token.ts'

type Count = (event: KafkaEvent) => Promise<void>

const { TOKEN_LIFE_SECONDS: tokenLife } = process.env
const count: Count =
  tokenLife === undefined
    ? (await import('../../functions/count/handler.ts')).handler
    : countWithTokens(Number(tokenLife))

export async function handler(event: KafkaEvent): Promise<void> {
  try {
    await count(event)
  } catch (error) {
    if (error instanceof AppError) error.message = `${error.code}: ${error.message}`
    throw error
  }
}

function countWithTokens(lifeSeconds: number): Count {
  const config = { ...readConfig(process.env), credentials: unsecuredTokens(lifeSeconds) }
  const counter = new EventCounter({
    cluster: new KafkaCluster(config),
    emit: config.emit,
    log: createLog('count'),
    metrics: noMetrics,
  })
  return (event) => counter.count(event)
}

console.log(`container ${process.pid}`)
