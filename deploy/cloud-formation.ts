export type Resource = {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly DependsOn?: readonly string[]
  readonly DeletionPolicy?: 'RetainExceptOnCreate' | 'Retain' | 'Delete'
  readonly UpdateReplacePolicy?: 'Retain' | 'Delete'
  readonly Metadata?: Readonly<Record<string, unknown>>
}
export type Resources = Readonly<Record<string, Resource>>

/** Additions to serverless's resources (osls guide, page "resources", "extensions"). */
export type Extensions = Readonly<Record<string, Partial<Omit<Resource, 'Type'>>>>

export type Statement = {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: unknown
  readonly Action: readonly string[]
  readonly Resource?: unknown
  readonly Condition?: unknown
}

/**
 * Retains a resource, unless the deploy that created it fails. A retained resource would then block its name for every
 * retry (CloudFormation template reference, page `aws-attribute-deletionpolicy`).
 */
export const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' } as const

export const sub = (text: string) => ({ 'Fn::Sub': text })
export const ref = (logicalId: string) => ({ Ref: logicalId })
export const getAtt = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] })
export const arnOf = (logicalId: string) => getAtt(logicalId, 'Arn')

export const policy = (Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement })

export function allow(actions: readonly string[], resource: unknown): Statement {
  return { Effect: 'Allow', Action: actions, Resource: resource }
}

/** Returns the logical id that serverless generates. */
export function idOf(name: string): string {
  const letters = name.replaceAll(/[^0-9A-Za-z]/g, '')
  return letters.charAt(0).toUpperCase() + letters.slice(1)
}
