import { fixedAccess } from '../../kafka/access/access.ts'
import { Cluster } from '../../kafka/cluster/cluster.ts'
import { awsDestination, type SendFailure } from './destination/aws-destinations.ts'
import type { FailureContext } from './destination/failure-record.ts'
import { kafkaDestination } from './destination/kafka-destination.ts'
import type { AccessibleMapping, ServiceSettings } from './settings/service-settings.ts'

export function failureDestinations({ custom, region }: ServiceSettings, log: (line: string) => void) {
  const aws = { endpoint: custom.endpoint, region }
  const clusters: Cluster[] = []
  return {
    /**
     * Returns undefined without a destination. With an unusable destination, the mapping starts and drops records that
     * fail.
     */
    senderOf: async (
      { settings, access, functionKey, uuid }: AccessibleMapping,
      context: FailureContext,
    ): Promise<SendFailure | undefined> => {
      const { onFailure } = settings
      if (onFailure === undefined) return undefined
      if (onFailure.kind === 'kafka') {
        const clientId = `lambda-${functionKey}-on-failure`
        const cluster = new Cluster({ brokers: access.brokers, access: fixedAccess(access), clientId })
        clusters.push(cluster)
        return kafkaDestination(onFailure.topic, cluster, context)
      }
      return await awsDestination(onFailure, aws, uuid, context).catch((error: Error) => {
        log(`${functionKey}: the on-failure destination ${onFailure.target} is not usable: ${error.message}`)
        return () => Promise.reject(error)
      })
    },
    close: () => {
      for (const cluster of clusters) cluster.close()
    },
  }
}
