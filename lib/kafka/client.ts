/** What every client of the native library begins with (names are librdkafka's, see its CONFIGURATION.md). */
import type { EventEmitter } from 'node:events'
import type { LibrdKafkaError, Metadata } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { type ClientConfig, Credentials } from './credentials.ts'
import { kafkaError } from './kafka-error.ts'
import { refusalListeners } from './refusal.ts'
import type { Security } from './security.ts'

/** Where a cluster is and how to prove who asks; without `security`, plaintext. */
export type Connection = {
  readonly brokers: readonly string[]
  readonly security?: Security
  /** Begins the name of the group that readers give but never join; a shared cluster may allow no other. */
  readonly userid?: string
  /** Where contents of secrets are kept between clients; all share one unless given. */
  readonly credentials?: Credentials
}

/** How long a call to the cluster may take before it fails as retryable. */
export const callTimeoutMs = 15_000

const sharedCredentials = new Credentials()

/**
 * Keep-alive, since Lambda freezes containers and connections may be dead without a sign after a thaw.
 * @throws SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export async function clientConfig({
  brokers,
  security,
  credentials = sharedCredentials,
}: Connection): Promise<ClientConfig> {
  return {
    'client.id': 'book-counts',
    'metadata.broker.list': brokers.join(','),
    'socket.keepalive.enable': true,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1000,
    ...(security && (await credentials.configFor(security))),
  }
}

/** Makes the next client read its secrets again; false when there are none. */
export function forgetSecrets({ security, credentials = sharedCredentials }: Connection): boolean {
  return security !== undefined && credentials.forget(security)
}

/**
 * Opens a client. If the cluster refuses secrets that are kept in memory, they may have been rotated: they are read
 * again and it is tried once more.
 * @throws what `open` throws, SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export async function opening<T>(
  connection: Connection,
  open: (config: ClientConfig) => Promise<T>,
): Promise<T> {
  try {
    return await open(await clientConfig(connection))
  } catch (error) {
    const refused = error instanceof AppError && error.code === 'KAFKA_REFUSED'
    if (!refused || !forgetSecrets(connection)) throw error
    return await open(await clientConfig(connection))
  }
}

/** A producer or a consumer, as far as connecting goes. */
type Connectable = {
  connect(
    options: { topic?: string; timeout: number },
    done: (error: LibrdKafkaError | null, metadata: Metadata) => void,
  ): unknown
}

/**
 * Connects. The library itself goes on trying when it is refused; this ends then, and closing the client takes until
 * the library gives up.
 * @throws KAFKA_REFUSED, KAFKA_UNAVAILABLE
 */
export function connect(client: Connectable, topic: string | undefined, doing: string): Promise<Metadata> {
  return new Promise((resolve, reject) => {
    const events = client as unknown as EventEmitter // its declarations lack `error`
    for (const [name, listener] of Object.entries(refusalListeners(doing, reject))) events.on(name, listener)
    client.connect({ ...(topic !== undefined && { topic }), timeout: callTimeoutMs }, (error, metadata) => {
      if (error) reject(kafkaError(error, doing))
      else resolve(metadata)
    })
  })
}
