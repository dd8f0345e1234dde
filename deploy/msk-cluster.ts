/**
 * The cluster in an Amazon MSK ARN. A cluster of another account has the ARN of a VPC connection,
 * `vpc-connection/CLUSTER-OWNER/CLUSTER-NAME/UUID` (Lambda developer guide, page `msk-cross-account`; service
 * authorization reference, "Amazon Managed Streaming for Apache Kafka").
 */
export function mskClusterOf(arn: string) {
  const [prefix, partition, service, region, , resource = ''] = arn.split(':')
  const [kind, owner, name] = resource.split('/')
  if (kind === 'cluster') return { isConnection: false, clusterArn: arn }
  // The UUID of another account's cluster is not known.
  const clusterArn = [prefix, partition, service, region, owner, `cluster/${name}/*`].join(':')
  return { isConnection: true, clusterArn }
}

/** Returns a resource's ARN (Amazon MSK developer guide, page `kafka-actions`). */
export function mskResourceArn(
  clusterArn: string,
  resource: 'topic' | 'group' | 'transactional-id',
  name: string,
): string {
  return `${clusterArn.replace(':cluster/', `:${resource}/`)}/${name}`
}
