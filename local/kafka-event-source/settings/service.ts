import type { Serverless as ServerlessFunctions } from '../../serverless-function.ts'
import type { Plain } from './problems.ts'

/** What is read of a service that serverless (osls 4) has loaded: variables are resolved, includes merged. */
export type Serverless = ServerlessFunctions & {
  readonly service: ServerlessFunctions['service'] & {
    readonly service: string
    readonly custom?: Plain
    readonly resources?: {
      readonly Resources?: Readonly<Record<string, CloudFormationResource>>
      readonly extensions?: Readonly<Record<string, Omit<CloudFormationResource, 'Type'>>>
      readonly Conditions?: Plain
      readonly Mappings?: Plain
      readonly Parameters?: Readonly<Record<string, Plain>>
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
      getKafkaEventLogicalId(functionKey: string, topic: string): string
      getMSKEventLogicalId(functionKey: string, clusterName: string, topic: string): string
      getLambdaLogicalId(functionKey: string): string
    }
  }
}

export type CloudFormationResource = {
  readonly Type?: string
  readonly Properties?: Plain
  readonly Condition?: string
}
