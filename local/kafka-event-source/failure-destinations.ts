import { fixedAccess } from '../../kafka/access/access.ts'
import { Cluster } from '../../kafka/cluster/cluster.ts'
import type { DiscardedRecords } from './batch/discarded-records.ts'
import { awsDestination, type SendFailure } from './destination/aws-destinations.ts'
import type { FailureContext } from './destination/failure-record.ts'
import { kafkaDestination } from './destination/kafka-destination.ts'
import type { CustomSettings } from './settings/custom-settings.ts'
import type { AccessibleMapping } from './settings/service-settings.ts'

export class FailureDestinations {
  readonly #custom: CustomSettings
  readonly #region: string
  readonly #log: (line: string) => void
  readonly #clusters: Cluster[] = []

  constructor(custom: CustomSettings, region: string, log: (line: string) => void) {
    this.#custom = custom
    this.#region = region
    this.#log = log
  }

  /** Returns undefined without a destination. */
  async senderOf(
    mapping: AccessibleMapping,
    context: Omit<FailureContext, 'now'>,
  ): Promise<((discarded: DiscardedRecords) => Promise<void>) | undefined> {
    const send = await this.#sendTo(mapping)
    return send && ((discarded) => send(discarded, { ...context, now: new Date() }))
  }

  close(): void {
    for (const cluster of this.#clusters) cluster.close()
  }

  /** With an unusable destination, the mapping starts and drops records that fail. */
  async #sendTo({
    settings,
    access,
    functionKey,
    uuid,
  }: AccessibleMapping): Promise<SendFailure | undefined> {
    const { onFailure } = settings
    if (onFailure === undefined) return undefined
    if (onFailure.kind === 'kafka') {
      const clientId = `lambda-${functionKey}-on-failure`
      const cluster = new Cluster({ brokers: access.brokers, access: fixedAccess(access), clientId })
      this.#clusters.push(cluster)
      return kafkaDestination(onFailure.topic, cluster)
    }
    const aws = { endpoint: this.#custom.endpoint, region: this.#region }
    return await awsDestination(onFailure, aws, uuid).catch((error: Error) => {
      this.#log(
        `${functionKey}: the on-failure destination ${onFailure.target} is not usable: ${error.message}`,
      )
      return () => Promise.reject(error)
    })
  }
}
