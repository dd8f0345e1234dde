import type { ServerlessFunctions } from '../../serverless/service.ts'
import type { PlainObject } from './problems.ts'

/**
 * The parts of a service that this plugin reads, after serverless has resolved variables and merged
 * files.
 */
export type ServerlessWithResources = ServerlessFunctions & {
  readonly service: ServerlessFunctions['service'] & {
    readonly service: string
    readonly custom?: PlainObject
    readonly resources?: {
      readonly Resources?: Readonly<Record<string, CloudFormationResource>>
      readonly extensions?: Readonly<Record<string, Omit<CloudFormationResource, 'Type'>>>
      readonly Conditions?: PlainObject
      readonly Mappings?: PlainObject
      readonly Parameters?: Readonly<Record<string, PlainObject>>
    }
    readonly provider: ServerlessFunctions['service']['provider'] & {
      readonly stackName?: string
      readonly stackParameters?: readonly {
        readonly ParameterKey: string
        readonly ParameterValue?: unknown
      }[]
    }
  }
  getProvider(name: 'aws'): {
    getStage(): string
    readonly naming: {
      /** osls ignores the last two arguments. */
      getKafkaEventLogicalId(
        functionKey: string,
        topic: string,
        consumerGroupId?: unknown,
        bootstrapServers?: readonly unknown[],
      ): string
      getMSKEventLogicalId(functionKey: string, clusterName: string, topic: string): string
      getLambdaLogicalId(functionKey: string): string
    }
  }
}

type CloudFormationResource = {
  readonly Type?: string
  readonly Properties?: PlainObject
  readonly Condition?: string
}
