/**
 * The cluster in an Amazon MSK ARN. A cluster of another account has the ARN of a VPC connection,
 * `vpc-connection/CLUSTER-OWNER/CLUSTER-NAME/UUID` (Lambda developer guide, page `msk-cross-account`; service
 * authorization reference, "Amazon Managed Streaming for Apache Kafka").
 */
export type MskCluster = {
  readonly name: string
  readonly isConnection: boolean
  /** The ARN ends in `*` for a cluster of another account, because its UUID is not known. */
  readonly clusterArn: string
}

export function mskClusterOf(arn: string): MskCluster {
  const [prefix, partition, service, region, account, resource = ''] = arn.split(':')
  const [kind, ...path] = resource.split('/')
  if (kind === 'cluster') return { name: path[0]!, isConnection: false, clusterArn: arn }
  const [owner, name] = path
  return {
    name: name!,
    isConnection: true,
    clusterArn: [prefix, partition, service, region, owner ?? account, `cluster/${name}/*`].join(':'),
  }
}

/** Returns a resource's ARN (Amazon MSK developer guide, page `kafka-actions`). */
export function mskResourceArn(
  { clusterArn }: MskCluster,
  resource: 'topic' | 'group' | 'transactional-id',
  name: string,
): string {
  return `${clusterArn.replace(':cluster/', `:${resource}/`)}/${name}`
}
