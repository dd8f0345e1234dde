import { AppError, type ErrorCode, messageOf } from '../../lib/errors.ts'
import { AccessError } from '../access/access.ts'
import { type ErrorName, errorNameOf, ProtocolError } from '../protocol/errors.ts'
import { UnreadableBatchError } from '../records/unreadable-batch.ts'
import { UnsupportedBrokerError } from './unsupported-broker.ts'

type ErrorMapping = { readonly code: ErrorCode; readonly advice: string; readonly retryable?: boolean }

const denied = (what: string): ErrorMapping => ({
  code: 'KAFKA_REFUSED',
  advice: `Grant this client access to ${what} (ACLs or IAM policy)`,
})
const missing: ErrorMapping = {
  code: 'TOPIC_MISSING',
  advice: 'Create the topic, or check its name',
  retryable: true,
}
const invalid: ErrorMapping = { code: 'CONFIG_INVALID', advice: "Correct the topic's name or partitions" }
const fenced: ErrorMapping = {
  code: 'FENCED',
  advice: 'Another producer has taken over this transactional id',
  retryable: true,
}

const rows: Partial<Record<ErrorName, ErrorMapping>> = {
  TOPIC_AUTHORIZATION_FAILED: denied('the topic'),
  GROUP_AUTHORIZATION_FAILED: denied('the consumer group'),
  CLUSTER_AUTHORIZATION_FAILED: denied('the cluster'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: denied('the transactional id'),
  SASL_AUTHENTICATION_FAILED: { code: 'KAFKA_REFUSED', advice: 'Check the credentials' },
  UNSUPPORTED_SASL_MECHANISM: { code: 'KAFKA_REFUSED', advice: 'Check the SASL mechanism' },
  UNKNOWN_TOPIC_OR_PARTITION: missing,
  INVALID_PRODUCER_EPOCH: fenced,
  PRODUCER_FENCED: fenced,
  INVALID_TOPIC_EXCEPTION: invalid,
  INVALID_PARTITIONS: invalid,
  INVALID_REPLICATION_FACTOR: {
    code: 'CONFIG_INVALID',
    advice: 'Choose a replication factor that the number of brokers allows',
  },
  INVALID_REPLICA_ASSIGNMENT: invalid,
  INVALID_CONFIG: { code: 'CONFIG_INVALID', advice: 'Choose topic settings that the cluster accepts' },
  POLICY_VIOLATION: {
    code: 'CONFIG_INVALID',
    advice: "Choose topic settings that the cluster's policy allows",
  },
}

/** Errors that `rows` does not list become a retryable KAFKA_UNAVAILABLE. @param doing such as "Committing to t[2]" */
export function kafkaError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error
  const text = `${doing} failed: ${messageOf(error).replace(/\.+$/, '')}`
  const { code, advice, retryable = false } = errorMappingOf(error)
  const message = advice === '' ? `${text}.` : `${text}. ${advice}.`
  return new AppError(code, message, { retryable, cause: error })
}

function errorMappingOf(error: unknown): ErrorMapping {
  if (error instanceof AccessError)
    return { code: 'KAFKA_REFUSED', advice: 'Check credentials and certificates' }
  if (error instanceof UnsupportedBrokerError) return { code: 'BROKER_UNSUPPORTED', advice: '' }
  if (error instanceof UnreadableBatchError) return { code: 'RECORDS_UNREADABLE', advice: '' }
  const row = error instanceof ProtocolError ? rows[errorNameOf(error.code) as ErrorName] : undefined
  return row ?? { code: 'KAFKA_UNAVAILABLE', advice: '', retryable: true }
}
