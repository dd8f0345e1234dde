import type { EventEmitter } from 'node:events'
import type { KafkaConsumer, LibrdKafkaError } from '@confluentinc/kafka-javascript'
import { accessSource, type ClusterSettings } from '../../../books/cluster.ts'
import { AppError } from '../../../lib/errors.ts'
import { rejectionListeners } from './native-auth-failures.ts'
import { type ClientConfig, clientConfig } from './native-config.ts'

export const callTimeoutMs = 15_000

/** librdkafka's permanent errors (rdkafka.h). */
const refusedCodes: ReadonlySet<unknown> = new Set([-169, -181, 29, 30, 31, 53, 58])
const missingCodes: ReadonlySet<unknown> = new Set([-188, -190, 3])

/**
 * Opens a client. After a refusal, reads cached secrets again and retries once.
 * @throws the errors of `open`, SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export async function openNative<T>(
  settings: ClusterSettings,
  open: (config: ClientConfig) => Promise<T>,
): Promise<T> {
  const source = accessSource(settings)
  const attempt = async () => open(clientConfig(settings.brokers, await source.get()))
  try {
    return await attempt()
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'KAFKA_REFUSED'
    if (!isRefused || !source.refresh()) throw error
    return await attempt()
  }
}

/**
 * Connects a consumer. Rejects after a refusal, although librdkafka would retry.
 * @throws KAFKA_REFUSED, KAFKA_UNAVAILABLE
 */
export function connect(client: KafkaConsumer, doing: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const events = client as unknown as EventEmitter // its type declarations lack this event
    for (const [name, listener] of Object.entries(rejectionListeners(doing, reject)))
      events.on(name, listener)
    client.connect({ timeout: callTimeoutMs }, (error) => {
      if (error) reject(nativeError(error, doing))
      else resolve()
    })
  })
}

/** Idempotent. */
export function closeConsumer(consumer: KafkaConsumer): Promise<void> {
  return new Promise((resolve) => {
    if (consumer.isConnected()) consumer.disconnect(() => resolve())
    else resolve()
  })
}

/** @param doing subject of "… failed" */
export function nativeError(error: LibrdKafkaError | Error, doing: string): AppError {
  if (error instanceof AppError) return error
  const text = `${doing} failed: ${error.message}.`
  const code = 'code' in error ? error.code : undefined
  if (refusedCodes.has(code))
    return new AppError('KAFKA_REFUSED', `${text} Check credentials and ACLs.`, { cause: error })
  if (missingCodes.has(code))
    return new AppError('TOPIC_MISSING', `${text} Create the topic, or check its name.`, {
      retryable: true,
      cause: error,
    })
  return new AppError('KAFKA_UNAVAILABLE', text, { retryable: true, cause: error })
}
