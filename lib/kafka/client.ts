/** What every client of a cluster begins with. */
import type { EventEmitter } from 'node:events'
import type { KafkaConsumer } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { type ClientConfig, clientConfig } from './client-config.ts'
import { Credentials } from './credentials.ts'
import { kafkaError } from './kafka-error.ts'
import { refusalListeners } from './refusal.ts'
import type { Security } from './security.ts'
import type { Access } from './wire/access.ts'

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

/** @throws SECRET_UNAVAILABLE, CONFIG_INVALID */
export async function accessTo({ security, credentials = sharedCredentials }: Connection): Promise<Access> {
  return security === undefined ? {} : await credentials.accessFor(security)
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
export async function opening<T>(connection: Connection, open: (access: Access) => Promise<T>): Promise<T> {
  try {
    return await open(await accessTo(connection))
  } catch (error) {
    const refused = error instanceof AppError && error.code === 'KAFKA_REFUSED'
    if (!refused || !forgetSecrets(connection)) throw error
    return await open(await accessTo(connection))
  }
}

/** As `opening`, of a client of the native library. */
export function openingNative<T>(
  connection: Connection,
  open: (config: ClientConfig) => Promise<T>,
): Promise<T> {
  return opening(connection, (access) => open(clientConfig(connection.brokers, access)))
}

/**
 * Connects a consumer of the native library. The library itself goes on trying when it is refused; this ends then, and
 * closing the client takes until the library gives up.
 * @throws KAFKA_REFUSED, KAFKA_UNAVAILABLE
 */
export function connect(client: KafkaConsumer, doing: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const events = client as unknown as EventEmitter // its declarations lack `error`
    for (const [name, listener] of Object.entries(refusalListeners(doing, reject))) events.on(name, listener)
    client.connect({ timeout: callTimeoutMs }, (error) => {
      if (error) reject(kafkaError(error, doing))
      else resolve()
    })
  })
}
