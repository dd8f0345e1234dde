import { type Extensions, idOf } from './cloud-formation.ts'
import { type Deployment, functionNames } from './settings.ts'

export function logGroupExtensions({ bucket: { kmsKeyArn } }: Deployment): Extensions {
  if (kmsKeyArn === undefined) return {}
  const groups = [...functionNames.map((name) => `${idOf(name)}LogGroup`), 'HttpApiLogGroup']
  return Object.fromEntries(groups.map((group) => [group, { Properties: { KmsKeyId: kmsKeyArn } }]))
}
