/** The bucket for books is encrypted, TLS only, private, and retained when the stack is deleted. */
import {
  type Extensions,
  idOf,
  kept,
  policy,
  type Resource,
  type Resources,
  ref,
  sub,
} from './cloud-formation.ts'
import type { Deployment } from './settings.ts'

/** Allows any origin: the presigned URL authorizes the request. */
const corsConfiguration = {
  CorsRules: [
    {
      AllowedOrigins: ['*'],
      AllowedMethods: ['PUT'],
      AllowedHeaders: ['content-type'],
      ExposedHeaders: ['ETag'],
      MaxAge: 3600,
    },
  ],
}

export const blockPublicAccess = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
}

export const ownedByTheBucket = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] }

export function encryption(kmsKeyArn: string | undefined) {
  const rule =
    kmsKeyArn === undefined
      ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
      : {
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
          BucketKeyEnabled: true,
        }
  return { ServerSideEncryptionConfiguration: [rule] }
}

/**
 * Returns `provider.s3`, which is empty for an existing bucket.
 * No rule expires objects: `ingest` would receive the expirations as events.
 */
export function bucketDefinition({ config, bucket, isLocal }: Deployment) {
  const { exists, isVersioned, kmsKeyArn } = bucket
  if (exists) return {}
  const deployed = {
    bucketEncryption: encryption(kmsKeyArn),
    publicAccessBlockConfiguration: blockPublicAccess,
    ...(isVersioned && { versioningConfiguration: { Status: 'Enabled' } }),
    lifecycleConfiguration: {
      Rules: [
        {
          Id: 'unfinished-uploads',
          Status: 'Enabled',
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
      ],
    },
  }
  return { [config.bucket]: { name: config.bucket, corsConfiguration, ...(!isLocal && deployed) } }
}

/** Creates the bucket after the topics, because uploads need them. */
export function bucketExtension({ config, bucket }: Deployment): Extensions {
  if (bucket.exists) return {}
  const Properties = { OwnershipControls: ownedByTheBucket }
  return { [`S3Bucket${idOf(config.bucket)}`]: { DependsOn: ['Topics'], Properties, ...kept } }
}

export function bucketPolicy({ config, bucket }: Deployment): Resources {
  if (bucket.exists) return {}
  return { BooksBucketPolicy: tlsOnly(`S3Bucket${idOf(config.bucket)}`) }
}

/** Rejects requests without TLS (Amazon S3 user guide, page `security-best-practices`). */
export function tlsOnly(bucketId: string): Resource {
  return {
    Type: 'AWS::S3::BucketPolicy',
    ...kept,
    Properties: {
      Bucket: ref(bucketId),
      PolicyDocument: policy([
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:*'],
          Resource: [sub(`\${${bucketId}.Arn}`), sub(`\${${bucketId}.Arn}/*`)],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    },
  }
}
