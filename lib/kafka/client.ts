import type { Config } from '../config.ts'

/**
 * Settings of every client of the native library (names are librdkafka's, see its CONFIGURATION.md). Keep-alive,
 * since Lambda freezes containers and connections may be dead without a sign after a thaw.
 */
export function clientConfig(config: Pick<Config, 'brokers'>): Record<string, string | number | boolean> {
  return {
    'client.id': 'book-counts',
    'metadata.broker.list': config.brokers.join(','),
    'socket.keepalive.enable': true,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1000,
  }
}

/** How long a call to the cluster may take before it fails as retryable. */
export const callTimeoutMs = 15_000
