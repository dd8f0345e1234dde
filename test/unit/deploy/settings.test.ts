import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { notices } from '../../../deploy/notices.ts'
import { readDeployment, regionOf } from '../../../deploy/settings.ts'
import { exampleSettings } from '../../harness/rendered-stage.ts'

const withIam = exampleSettings('msk-iam')
const many = (count: number, item: string) => Array(count).fill(item).join()

describe('the settings of a stage', () => {
  for (const [problem, settings, message] of [
    [
      'a retention that CloudWatch Logs does not support',
      { LOG_RETENTION_DAYS: '31' },
      /LOG_RETENTION_DAYS must be one of 1, 3/,
    ],
    [
      'more retries than Lambda applies',
      { COUNT_POLLERS: '1-5', COUNT_RETRIES: '11' },
      /COUNT_RETRIES .* 0 to 10/,
    ],
    ['more in-sync replicas than replicas', { REPLICATION_FACTOR: '1' }, /MIN_INSYNC_REPLICAS is 2/],
    ['tags without a value', { TAGS: 'team' }, /TAGS must be key=value/],
    ["tags of AWS's own", { TAGS: 'aws:team=books' }, /TAGS must be key=value/],
    ['an invalid path of roles', { ROLE_PATH: 'teams' }, /ROLE_PATH must begin and end with/],
    [
      'a role of an unknown function',
      { ROLE_ARNS: 'reader=arn:aws:iam::123456789012:role/reader' },
      /ROLE_ARNS must be name=ARN/,
    ],
    ['a role without an ARN', { ROLE_ARNS: 'ingest=ingest' }, /ROLE_ARNS must be name=ARN/],
    [
      'a secret that the default security does not use',
      { KAFKA_SECRET: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-1' },
      /KAFKA_SECURITY=iam uses no secret/,
    ],
    [
      'versions of an existing bucket',
      { BUCKET_EXISTS: 'yes', BUCKET_VERSIONING: 'yes' },
      /BUCKET_VERSIONING=yes does not change an existing bucket/,
    ],
    ['a bucket with two periods', { BUCKET: 'example..books' }, /BUCKET must be 3 to 63/],
    ['a bucket like an address', { BUCKET: '127.0.0.1' }, /BUCKET must be 3 to 63/],
    ['EventBridge for a bucket of its own', { BUCKET_EVENTS: 'eventbridge' }, /set BUCKET_EXISTS=yes/],
    [
      'a runtime that is not supported',
      { RUNTIME: 'nodejs20.x' },
      /RUNTIME must be nodejs24.x or nodejs22.x/,
    ],
    [
      'an ARN of MSK that is not of a cluster',
      { MSK_CLUSTER_ARN: 'arn:aws:kafka:eu-central-1:123456789012:topic/a/b/c' },
      /MSK_CLUSTER_ARN/,
    ],
    ['more subnets than Lambda accepts', { SUBNET_IDS: many(17, 'subnet-a') }, /SUBNET_IDS .* 16/],
    ['more security groups than Lambda accepts', { SECURITY_GROUP_IDS: many(6, 'sg-a') }, /SECURITY_.* 5/],
    ['a user id that is too long for a group of Lambda', { USERID: 'u'.repeat(195) }, /USERID .* 194/],
    ['topics that Lambda does not read', { USERID: '.books' }, /USERID must not begin with "\."/],
    ['a cluster in another region', { AWS_REGION: 'us-east-1' }, /MSK_CLUSTER_ARN must be in .* us-east-1/],
    [
      'a key in another region',
      { KMS_KEY_ARN: 'arn:aws:kms:us-east-1:123456789012:key/1' },
      /KMS_KEY_ARN must be in .* eu-central-1/,
    ],
    [
      'an alarm topic in another partition',
      { ALARM_TOPIC_ARN: 'arn:aws-cn:sns:eu-central-1:123456789012:operators' },
      /ALARM_TOPIC_ARN must be in/,
    ],
  ] as const) {
    it(`rejects ${problem}`, () => {
      assert.throws(() => readDeployment({ ...withIam, ...settings }, 'prod'), {
        code: 'CONFIG_INVALID',
        message,
      })
    })
  }

  it('rejects more brokers than Lambda accepts, except of Amazon MSK', () => {
    const BROKERS = many(11, 'kafka.example.com:9092')
    readDeployment({ ...withIam, BROKERS }, 'prod')
    const settings = { ...exampleSettings('confluent'), BROKERS }
    assert.throws(() => readDeployment(settings, 'prod'), /BROKERS has more than 10 addresses/)
  })

  it('rejects a stage whose functions would have names that are too long', () => {
    readDeployment(withIam, 's'.repeat(44))
    assert.throws(() => readDeployment(withIam, 's'.repeat(45)), /The stage "s+" is too long/)
  })

  it('reads existing roles', () => {
    const arn = 'arn:aws:iam::123456789012:role/teams/books/ingest'
    const { iam } = readDeployment({ ...withIam, ROLE_ARNS: `ingest = ${arn}` }, 'prod')
    assert.deepEqual(iam.roleArns, { ingest: arn })
  })

  it('reads tags', () => {
    const { tags } = readDeployment({ ...withIam, TAGS: 'team=books, cost-center = 42' }, 'prod')
    assert.deepEqual(tags, { team: 'books', 'cost-center': '42' })
  })
})

describe('invalid settings of a stage', () => {
  it('are reported all at once', () => {
    const settings = { ...withIam, TRACING: 'maybe', UPLOADS_ACCESS: 'no', COUNTS_ACCESS: 'jwt' }
    assert.throws(() => readDeployment({ ...settings, JWT_ISSUER: 'id.example.com' }, 'prod'), {
      message:
        'Invalid configuration: UPLOADS_ACCESS must be iam or jwt or open, not "no"; JWT_ISSUER must be an address that begins with https://, not "id.example.com"; JWT_AUDIENCE must be set when an access setting is jwt; TRACING must be yes or no, not "maybe".',
    })
  })
})

describe('the notices of a deploy', () => {
  const noticesOf = (settings: Readonly<Record<string, string>>) => notices(readDeployment(settings, 'prod'))

  it('are empty when alarms have a topic and the API is closed', () => {
    assert.deepEqual(noticesOf(withIam), [])
  })

  it('state that open uploads also let anyone read and remove books', () => {
    assert.match(
      noticesOf({ ...withIam, UPLOADS_ACCESS: 'open' }).join(),
      /can upload, read and remove books/,
    )
  })

  it('name a missing alarm topic, and open access', () => {
    const { ALARM_TOPIC_ARN: _, ...silent } = withIam
    const notices = noticesOf({ ...silent, COUNTS_ACCESS: 'open', UPLOADS_ACCESS: 'open' })
    assert.deepEqual(
      notices.map((notice) => notice.split(/[:= ]/)[0]),
      ['ALARM_TOPIC_ARN', 'COUNTS_ACCESS', 'UPLOADS_ACCESS'],
    )
  })
})

describe('the region of a stage', () => {
  it('is that of AWS_REGION, of the Amazon MSK cluster, or of the AWS SDK', () => {
    const { MSK_CLUSTER_ARN } = withIam
    const ofSdk = { AWS_DEFAULT_REGION: 'eu-west-1' }
    assert.equal(regionOf({ AWS_REGION: 'eu-north-1', MSK_CLUSTER_ARN, ...ofSdk }), 'eu-north-1')
    assert.equal(regionOf({ AWS_REGION: '', MSK_CLUSTER_ARN, ...ofSdk }), 'eu-central-1')
    assert.equal(regionOf({ ...ofSdk }), 'eu-west-1')
    assert.equal(regionOf({}), 'us-east-1')
  })
})
