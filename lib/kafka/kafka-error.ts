import type { LibrdKafkaError } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { AccessRefused } from './wire/access.ts'

/** Codes by which a broker says that another producer has taken over the transactional id (KIP-98, KIP-360). */
const fencedCodes = new Set([
  47, // INVALID_PRODUCER_EPOCH
  90, // PRODUCER_FENCED
])

/** Codes of authorisation, authentication and topics that are not there: trying again does not help. */
const refusedCodes = new Set([
  -169, // ERR__AUTHENTICATION
  -181, // ERR__SSL
  29, // TOPIC_AUTHORIZATION_FAILED
  30, // GROUP_AUTHORIZATION_FAILED
  31, // CLUSTER_AUTHORIZATION_FAILED
  53, // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  58, // SASL_AUTHENTICATION_FAILED
])

const missingCodes = new Set([
  -188, // ERR__UNKNOWN_TOPIC
  -190, // ERR__UNKNOWN_PARTITION
  3, // UNKNOWN_TOPIC_OR_PART
])

/** Codes by which a broker says that a topic cannot be made as asked. */
const invalidCodes = new Set([
  17, // TOPIC_EXCEPTION
  37, // INVALID_PARTITIONS
  38, // INVALID_REPLICATION_FACTOR
  39, // INVALID_REPLICA_ASSIGNMENT
  40, // INVALID_CONFIG
  44, // POLICY_VIOLATION
])

/** A client library's error in the product's terms; `doing` completes "… failed", as in "Committing to me.books[2]". */
export function kafkaError(error: LibrdKafkaError | Error, doing: string): AppError {
  if (error instanceof AppError) return error
  if (error instanceof AccessRefused) {
    const text = `${doing} failed: ${error.message}. Check credentials and certificates.`
    return new AppError('KAFKA_REFUSED', text, { cause: error })
  }
  const code = 'code' in error ? error.code : undefined
  const text = `${doing} failed: ${error.message}`
  if (typeof code === 'number') {
    if (fencedCodes.has(code)) return new AppError('FENCED', `${text}.`, { retryable: true, cause: error })
    if (refusedCodes.has(code))
      return new AppError('KAFKA_REFUSED', `${text}. Check credentials and ACLs.`, { cause: error })
    if (invalidCodes.has(code)) return new AppError('CONFIG_INVALID', sentence(text), { cause: error })
    if (missingCodes.has(code)) {
      return new AppError('TOPIC_MISSING', `${text}. Create the topics with "books topics create".`, {
        retryable: true,
        cause: error,
      })
    }
  }
  return new AppError('KAFKA_UNAVAILABLE', `${text}.`, { retryable: true, cause: error })
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
