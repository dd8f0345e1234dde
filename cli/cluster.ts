/**
 * A cluster by the wire protocol, for what the native client has no calls for: a topic's settings and size, and records
 * as the broker stores them, which are read several times as fast as it hands them over one by one.
 */
import { AppError } from '../lib/errors.ts'
import { Admin } from '../lib/kafka/admin.ts'
import { accessTo, type Connection } from '../lib/kafka/client.ts'
import type { Access } from '../lib/kafka/wire/access.ts'
import { Cluster } from '../local/kafka-event-source/kafka/cluster.ts'
import type { ClusterAccess } from '../local/kafka-event-source/kafka/connection-options.ts'
import { describeError, protocolErrorOf, stateReasonOf } from '../local/kafka-event-source/kafka/errors.ts'

const requestTimeoutMs = 30_000

/** Connects when something is asked. @throws SECRET_UNAVAILABLE, CONFIG_INVALID */
export async function openCluster(connection: Connection): Promise<Cluster> {
  const access = clusterAccess(connection.brokers, await accessTo(connection))
  return new Cluster('book-counts', access, requestTimeoutMs)
}

/** The same proof, as this client takes it. */
export function clusterAccess(brokers: readonly string[], { tls, sasl }: Access): ClusterAccess {
  return { brokers, ...(tls && { tls }), ...(sasl && { sasl: saslOf(sasl) }) }
}

function saslOf(sasl: NonNullable<Access['sasl']>): NonNullable<ClusterAccess['sasl']> {
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl
  const { mechanism, newToken } = sasl
  return { mechanism, token: async () => (await newToken()).tokenValue }
}

/** An error of the wire client in the product's terms; `doing` completes "… failed". */
export function clusterError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error
  const text = `${doing} failed: ${describeError(error)}.`
  if (stateReasonOf(error) !== undefined) {
    return new AppError('KAFKA_REFUSED', `${text} Check credentials and ACLs.`, { cause: error })
  }
  if (protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return new AppError('TOPIC_MISSING', `${text} "books topics list" shows what there is.`, { cause: error })
  }
  return new AppError('KAFKA_UNAVAILABLE', text, { retryable: true, cause: error })
}

const reasonWithinMs = 5_000

/** Whose certificate is not trusted, this client takes for somebody who is away; the native one says which it is. */
export async function refusalBehind(error: unknown, connection: Connection): Promise<unknown> {
  const isAway = error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE'
  if (!isAway || connection.security === undefined || connection.security.kind === 'plaintext') return error
  const admin = new Admin(connection, reasonWithinMs)
  try {
    await admin.listTopics()
    return error
  } catch (reason) {
    return reason instanceof AppError && reason.code === 'KAFKA_REFUSED' ? reason : error
  } finally {
    admin.close()
  }
}
