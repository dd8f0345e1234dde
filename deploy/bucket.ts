/** The bucket that books are put into: encrypted, TLS only, never public, and kept when the stack is removed. */
import { type Extensions, idOf, kept, type Resources, ref, sub } from './cloud-formation.ts'
import type { Deployment } from './settings.ts'

/** Browsers put books straight into the bucket; what lets them is the signature, wherever the page comes from. */
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
  const byDefault =
    kmsKeyArn === undefined
      ? { SSEAlgorithm: 'AES256' }
      : { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn }
  return {
    ServerSideEncryptionConfiguration: [
      {
        ServerSideEncryptionByDefault: byDefault,
        ...(kmsKeyArn !== undefined && { BucketKeyEnabled: true }),
      },
    ],
  }
}

/**
 * `provider.s3`: how serverless makes the bucket of the `s3` events; empty when it is there already. Objects are never
 * expired by us; what a bucket's owner lets expire is an event too, and subscribed.
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

/** Only with the topics there can a book be uploaded; and no books are lost with the stack. */
export function bucketExtension({ config, bucket }: Deployment): Extensions {
  if (bucket.exists) return {}
  const Properties = { OwnershipControls: ownedByTheBucket }
  return { [`S3Bucket${idOf(config.bucket)}`]: { DependsOn: ['Topics'], Properties, ...kept } }
}

export function bucketPolicy({ config, bucket }: Deployment): Resources {
  if (bucket.exists) return {}
  return {
    BooksBucketPolicy: tlsOnly(`S3Bucket${idOf(config.bucket)}`),
  }
}

/** Amazon S3 user guide, page `security-best-practices`. */
export function tlsOnly(bucketId: string) {
  return {
    Type: 'AWS::S3::BucketPolicy',
    ...kept,
    Properties: {
      Bucket: ref(bucketId),
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: ['s3:*'],
            Resource: [sub(`\${${bucketId}.Arn}`), sub(`\${${bucketId}.Arn}/*`)],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  } as const
}
