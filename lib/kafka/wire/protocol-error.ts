/** Kafka's errors by name, as far as a producer meets them (Kafka protocol, "Error Codes"). */
export const protocolErrors = {
  UNKNOWN_SERVER_ERROR: -1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  TOPIC_AUTHORIZATION_FAILED: 29,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_VERSION: 35,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  INVALID_RECORD: 87,
  PRODUCER_FENCED: 90,
} as const

const names = new Map<number, string>(Object.entries(protocolErrors).map(([name, code]) => [code, name]))

/** The same request may succeed later, and nothing was written. */
const unwritten: ReadonlySet<number> = new Set([
  protocolErrors.LEADER_NOT_AVAILABLE,
  protocolErrors.COORDINATOR_LOAD_IN_PROGRESS,
  protocolErrors.COORDINATOR_NOT_AVAILABLE,
  protocolErrors.NOT_COORDINATOR,
  protocolErrors.NOT_ENOUGH_REPLICAS,
  protocolErrors.CONCURRENT_TRANSACTIONS,
  protocolErrors.FENCED_LEADER_EPOCH,
  protocolErrors.UNKNOWN_LEADER_EPOCH,
])

/**
 * The same request may succeed later, and what it asks for may be done. A broker that has appended a batch and loses the
 * partition while it waits for replicas says that it does not lead or know it (Kafka's `DelayedProduce`).
 */
const uncertain: ReadonlySet<number> = new Set([
  protocolErrors.UNKNOWN_SERVER_ERROR,
  protocolErrors.CORRUPT_MESSAGE,
  protocolErrors.UNKNOWN_TOPIC_OR_PARTITION,
  protocolErrors.NOT_LEADER_OR_FOLLOWER,
  protocolErrors.REQUEST_TIMED_OUT,
  protocolErrors.NETWORK_EXCEPTION,
  protocolErrors.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  protocolErrors.KAFKA_STORAGE_ERROR,
])

/** A broker answered with an error. `code`: as `kafkaError` takes it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: number

  constructor(code: number) {
    super(`Broker: ${names.get(code) ?? `error ${code}`}`)
    this.code = code
  }

  get isRetriable(): boolean {
    return unwritten.has(this.code) || uncertain.has(this.code)
  }

  /** Whether what was asked for is surely not done. */
  get isCertain(): boolean {
    return !uncertain.has(this.code)
  }
}
