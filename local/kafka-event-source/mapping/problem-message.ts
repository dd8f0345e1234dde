import { ConnectionError } from '../../../kafka/cluster/connection-error.ts'
import { UnsupportedBrokerError } from '../../../kafka/cluster/unsupported-broker.ts'
import { isProtocolError } from '../../../kafka/protocol/errors.ts'
import { UnreadableBatchError } from '../../../kafka/records/unreadable-batch.ts'
import { messageOf } from '../../../lib/errors.ts'

export type ProblemContext = {
  readonly groupId: string
  /** Bootstrap servers. */
  readonly brokers: readonly string[]
}

/** Returns the log line: what failed, why, and what to do. */
export function problemMessage(error: unknown, context: ProblemContext): string {
  if (error instanceof UnreadableBatchError) {
    return (
      `${messageOf(error)}. The mapping stops reading this partition here. ` +
      `To skip the batch, stop this process and set the offset of the group ${context.groupId} past it.`
    )
  }
  return `${problemAndAdvice(error, context)}. Retrying.`
}

function problemAndAdvice(error: unknown, { groupId, brokers }: ProblemContext): string {
  const listener = error instanceof ConnectionError ? error.address : undefined
  if (listener !== undefined && !brokers.includes(listener)) {
    const where = `the advertised listener ${listener} of the cluster at ${brokers.join(',')}`
    switch (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code) {
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return `${where} cannot be resolved. Set advertised.listeners of the broker to an address that this machine resolves, or add the host name to the hosts file of this machine`
      case 'ECONNREFUSED':
        return `${where} refuses connections. Set advertised.listeners of the broker to an address that this machine reaches, or publish that port of its container`
    }
  }
  if (isProtocolError(error, 'INCONSISTENT_GROUP_PROTOCOL')) {
    return `the group ${groupId} has members that support neither of the partition assignors range and roundrobin. Add range to their partition.assignment.strategy, stop them, or set another group in custom.kafkaEventSource.consumerGroupIds`
  }
  if (error instanceof UnsupportedBrokerError) {
    return `${messageOf(error)}. Upgrade the broker, or set custom.kafkaEventSource.brokers to a newer one`
  }
  return messageOf(error)
}
