import { fixedAccess } from '../../../kafka/access/access.ts'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { GroupMember } from '../../../kafka/consumer/group-member.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { EventEnvelope } from '../batch/event-envelope.ts'
import { AssignedPartitions, type RunParts } from './assigned-partitions.ts'
import type { ChangeableSettings, MappingDeps } from './mapping-deps.ts'
import type { MappingStatus } from './mapping-status.ts'
import { startOffsets } from './start-offsets.ts'
import { TopicChanges, waitForTopic } from './topic.ts'

const rebalanceMarginMs = 10_000

/** Runs a mapping from enable to disable: waits for its topic, joins its group and processes its partitions. */
export class MappingRun {
  readonly #parts: RunParts
  readonly #onEnabled: () => void
  readonly #stopping = new AbortController()
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
    const clientId = `lambda-${functionKey}`
    const cluster = new Cluster({ brokers: access.brokers, access: fixedAccess(access), clientId })
    const rebalanceTimeoutMs = deps.invoked.settings.timeoutMs + rebalanceMarginMs
    const member = new GroupMember(
      cluster,
      { groupId, topic: settings.topic, rebalanceTimeoutMs },
      {
        assigned: (partitions) => this.#assign(partitions),
        revoked: () => this.#revoke(),
        problem: (error) => status.report('group', error),
      },
    )
    this.#parts = {
      deps,
      status,
      changeable,
      cluster,
      member,
      envelope: new EventEnvelope(deps.source, settings.topic),
      metadataReceived: (topic) => this.#metadataReceived(topic),
    }
    this.#onEnabled = onEnabled
    this.#starting = this.#start()
  }

  async lag(): Promise<ReadonlyMap<number, number>> {
    return (await this.#assigned?.lag()) ?? new Map()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#starting
    await this.#parts.member.leave()
    this.#parts.cluster.close()
  }

  async #start(): Promise<void> {
    const { cluster, deps, status, member } = this.#parts
    const existing = await waitForTopic(cluster, deps, status, this.#stopping.signal)
    if (existing === undefined) return
    this.#existingPartitions = existing
    member.start()
  }

  async #assign(partitions: readonly number[]): Promise<void> {
    const { cluster, deps, status, member } = this.#parts
    const { settings, groupId } = deps.mapping
    const offsets = await startOffsets(cluster, member, settings, partitions, this.#existingPartitions)
    status.assigned()
    this.#assigned = new AssignedPartitions(this.#parts, offsets)
    this.#assigned.start()
    status.log(`[${partitions.join(', ')}]: reading, group ${groupId}`)
    this.#onEnabled()
  }

  async #revoke(): Promise<void> {
    await this.#assigned?.stop()
    this.#assigned = undefined
  }

  #metadataReceived({ id, partitions }: TopicMetadata): void {
    const { member, status } = this.#parts
    const change = this.#topicChanges.seen(id, partitions.length)
    if (change === 'none') {
      member.metadataReceived(partitions.length)
      return
    }
    if (change === 're-created') {
      this.#assigned?.abandonCommits()
      this.#existingPartitions = 0
      status.log(': the topic was re-created')
    }
    member.rejoin()
  }
}
