import { AppError } from '../../lib/errors.ts'
import { isReachable } from '../../lib/reachable.ts'
import type { LocalConfig } from './config.ts'

/** Appends `advice` to the message. @throws KAFKA_UNAVAILABLE when no broker accepts a connection */
export async function requireBroker(
  brokers: readonly string[],
  advice: string,
  withinMs?: number,
): Promise<void> {
  const found = await Promise.all(
    brokers.map((broker) => {
      const { hostname, port } = new URL(`kafka://${broker}`)
      return isReachable(hostname.replace(/^\[|\]$/g, ''), Number(port), withinMs)
    }),
  )
  if (found.includes(true)) return
  throw new AppError('KAFKA_UNAVAILABLE', `No Kafka broker responds at ${brokers.join(', ')}${advice}.`, {
    retryable: true,
  })
}

/**
 * Returns the event proxy's endpoint while the proxy runs, because only its reads are atomic. Otherwise returns
 * the S3 server's endpoint, which then has no writers.
 */
export async function readEndpoint(
  config: Pick<LocalConfig, 's3Endpoint' | 's3Port' | 's3ServerEndpoint'>,
): Promise<string> {
  return (await isReachable('127.0.0.1', config.s3Port)) ? config.s3Endpoint : config.s3ServerEndpoint
}

/** @throws KAFKA_UNAVAILABLE or BUCKET_UNAVAILABLE, with advice */
export async function requireInfrastructure(config: LocalConfig): Promise<void> {
  const start = 'start Kafka and the S3 server with "npm start -- --infra" in another terminal'
  await requireBroker(config.brokers, `: ${start}, or name a cluster with BROKERS`)
  const { hostname, port, protocol } = new URL(config.s3ServerEndpoint)
  if (!(await isReachable(hostname, Number(port) || (protocol === 'https:' ? 443 : 80)))) {
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `No S3 server responds at ${config.s3ServerEndpoint}: ${start}, or name a server with S3_ENDPOINT.`,
      { retryable: true },
    )
  }
}
