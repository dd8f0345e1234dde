/**
 * Accepted findings of checkov, with reasons. `resources`: the only resources that may have it, by logical id. A finding
 * on another resource fails the test, and so does an unused reason.
 */
export const accepted: Readonly<Record<string, { readonly resources: RegExp; readonly reason: string }>> = {
  CKV_AWS_18: {
    resources: /^(ServerlessDeploymentBucket|S3Bucket\w+|FailuresBucket)$/,
    reason:
      "Server access logs need a bucket that outlives the stage and has rules of its own. CloudTrail's data events, which an account turns on once, show the same requests.",
  },
  CKV_AWS_21: {
    resources: /^(ServerlessDeploymentBucket|S3Bucket\w+|FailuresBucket)$/,
    reason:
      'Books have versions with BUCKET_VERSIONING=yes. Failures are never overwritten, and expire after 90 days. Artifacts of deploys have a folder each.',
  },
  CKV_AWS_27: {
    resources: /^(FailedIngests|LostBatches)Queue$/,
    reason:
      "SQS encrypts them with its own keys (SqsManagedSseEnabled), with the stage's key when KMS_KEY_ARN is set.",
  },
  CKV_AWS_111: {
    resources: /^\w+Role$/,
    reason:
      'AWS has no resource for network interfaces and traces. The code of the functions is denied the former by lambda:SourceFunctionArn.',
  },
  CKV_AWS_115: {
    resources:
      /^(Ingest|Count|Counts|Uploads|Page|Topics|CustomDashresourceDashexistingDashs3)LambdaFunction$/,
    reason:
      'A reservation takes concurrency from the rest of the account, and new accounts have none to give. Only count is worth it, and COUNT_CONCURRENCY=none takes it back. The API is throttled.',
  },
  CKV_AWS_116: {
    resources:
      /^(Ingest|Count|Counts|Uploads|Page|Topics|CustomDashresourceDashexistingDashs3)LambdaFunction$/,
    reason:
      'A dead-letter queue is for asynchronous invocations. ingest has an on-failure destination for those, which keeps more, and the mapping of count has one. The others answer whoever calls them.',
  },
  CKV_AWS_117: {
    resources:
      /^(Ingest|Count|Counts|Uploads|Page|Topics|CustomDashresourceDashexistingDashs3)LambdaFunction$/,
    reason:
      'Functions are in a VPC where the brokers are. uploads and page reach S3 or nothing, and brokers on the internet need no VPC.',
  },
  CKV_AWS_158: {
    resources: /^\w+LogGroup$/,
    reason: "CloudWatch Logs encrypts them with its own keys, with the stage's key when KMS_KEY_ARN is set.",
  },
  CKV_AWS_173: {
    resources: /^(Ingest|Count|Counts|Uploads|Page|Topics)LambdaFunction$/,
    reason:
      'No variable is a secret: KAFKA_SECRET is the name of one. Lambda encrypts them at rest with its own key.',
  },
}
