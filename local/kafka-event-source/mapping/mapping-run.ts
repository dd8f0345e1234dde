import { fixedAccess } from '../../../kafka/access/access.ts'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { GroupMember } from '../../../kafka/consumer/group-member.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { EventEnvelope } from '../batch/event-envelope.ts'
import { AssignedPartitions } from './assigned-partitions.ts'
import type { ChangeableSettings, MappingDeps } from './mapping-deps.ts'
import type { MappingStatus } from './mapping-status.ts'
import { startOffsets } from './start-offsets.ts'
import { TopicChanges, waitForTopic } from './topic.ts'

const rebalanceMarginMs = 10_000

/** Runs a mapping from enable to disable: waits for its topic, joins its group and processes its partitions. */
export class MappingRun {
  readonly #deps: MappingDeps
  readonly #status: MappingStatus
  readonly #changeable: ChangeableSettings
  readonly #onEnabled: () => void
  readonly #stopping = new AbortController()
  readonly #cluster: Cluster
  readonly #member: GroupMember
  readonly #envelope: EventEnvelope
  readonly #topicChanges = new TopicChanges()
  readonly #starting: Promise<void>
  #existingPartitions = 0
  #assigned: AssignedPartitions | undefined

  constructor(
    deps: MappingDeps,
    status: MappingStatus,
    changeable: ChangeableSettings,
    onEnabled: () => void,
  ) {
    const { access, functionKey, groupId, settings } = deps.mapping
    this.#deps = deps
    this.#status = status
    this.#changeable = changeable
    this.#onEnabled = onEnabled
    this.#envelope = new EventEnvelope(deps.source, settings.topic)
    const clientId = `lambda-${functionKey}`
    this.#cluster = new Cluster({ brokers: access.brokers, access: fixedAccess(access), clientId })
    const rebalanceTimeoutMs = deps.invoked.settings.timeoutMs + rebalanceMarginMs
    this.#member = new GroupMember(
      this.#cluster,
      { groupId, topic: settings.topic, rebalanceTimeoutMs },
      {
        assigned: (partitions) => this.#assign(partitions),
        revoked: () => this.#revoke(),
        problem: (error) => status.report('group', error),
      },
    )
    this.#starting = this.#start()
  }

  async lag(): Promise<ReadonlyMap<number, number>> {
    return (await this.#assigned?.lag()) ?? new Map()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#starting
    await this.#member.leave()
    this.#cluster.close()
  }

  async #start(): Promise<void> {
    const existing = await waitForTopic(this.#cluster, this.#deps, this.#status, this.#stopping.signal)
    if (existing === undefined) return
    this.#existingPartitions = existing
    this.#member.start()
  }

  async #assign(partitions: readonly number[]): Promise<void> {
    const { settings, groupId } = this.#deps.mapping
    const existing = this.#existingPartitions
    const offsets = await startOffsets(this.#cluster, this.#member, settings, partitions, existing)
    this.#status.assigned()
    this.#assigned = new AssignedPartitions(
      {
        deps: this.#deps,
        status: this.#status,
        changeable: this.#changeable,
        cluster: this.#cluster,
        member: this.#member,
        envelope: this.#envelope,
        metadataReceived: (topic) => this.#metadataReceived(topic),
      },
      offsets,
    )
    this.#assigned.start()
    this.#status.log(`[${partitions.join(', ')}]: reading, group ${groupId}`)
    this.#onEnabled()
  }

  async #revoke(): Promise<void> {
    await this.#assigned?.stop()
    this.#assigned = undefined
  }

  #metadataReceived({ id, partitions }: TopicMetadata): void {
    const change = this.#topicChanges.seen(id, partitions.length)
    if (change === 'none') {
      this.#member.metadataReceived(partitions.length)
      return
    }
    if (change === 're-created') {
      this.#assigned?.abandonCommits()
      this.#existingPartitions = 0
      this.#status.log(': the topic was re-created')
    }
    this.#member.rejoin()
  }
}
