import { awsPartition } from '../../lib/aws-domain.ts'

/** LocalStack uses the same account. */
export const localAccount = '000000000000'

export function functionArn(region: string, name: string, account: unknown = localAccount): string {
  return `arn:${awsPartition(region)}:lambda:${region}:${account}:function:${name}`
}
