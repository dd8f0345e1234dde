import type { EventEmitter } from 'node:events'
import type { KafkaConsumer, LibrdKafkaError } from '@confluentinc/kafka-javascript'
import { accessSource, type ClusterSettings } from '../../../books/cluster.ts'
import { AppError } from '../../../lib/errors.ts'
import { type ClientConfig, clientConfig } from './native-config.ts'

export const callTimeoutMs = 15_000

/** librdkafka's permanent errors (rdkafka.h). */
const refusedCodes: ReadonlySet<unknown> = new Set([-169, -181, 29, 30, 31, 53, 58])
const missingCodes: ReadonlySet<unknown> = new Set([-188, -190, 3])

/**
 * Opens a client. After a rejection of the credentials, reads cached secrets again and retries once.
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

/** Log messages about rejected credentials or certificates (rdkafka_sasl.c, rdkafka_ssl.c). */
const rejections = /SASL authentication error|certificate verify failed|SSL routines::\S+ alert/
/** MSK's retryable error for too many connections (Amazon MSK developer guide, page `troubleshooting`). */
const throttling = /Too many connects/

/**
 * Connects a consumer. Rejects after a message in `rejections`, because librdkafka would retry. Log events arrive without
 * polling.
 * @throws KAFKA_REFUSED, KAFKA_UNAVAILABLE
 */
export function connect(client: KafkaConsumer, doing: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: Error) => {
      const message = `${doing} failed: ${reason}. Check credentials and certificates.`
      reject(new AppError('KAFKA_REFUSED', message, { cause }))
    }
    const events = client as unknown as EventEmitter // its type declarations lack these events
    events.on('event.log', ({ message }: { readonly message: string }) => {
      if (!rejections.test(message) || throttling.test(message)) return
      // "[thrd:NAME]: NAME: REASON (after 3ms in state AUTH_REQ)"
      refuse(message.replace(/^\[thrd:[^\]]*\]: /, '').replace(/ \(after .*$/, ''))
    })
    // Keeps the process alive when an IAM token cannot be created.
    events.on('error', (error: Error) => refuse(error.message, error))
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
