import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readConfig } from '../../../books/config.ts'

it('uploads to the S3 endpoint of the region, also in China', () => {
  for (const [AWS_REGION, host] of [
    [undefined, 's3.us-east-1.amazonaws.com'],
    ['eu-central-1', 's3.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 's3.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 's3.cn-north-1.amazonaws.com.cn'],
  ] as const)
    assert.equal(readConfig({ USERID: 'me', AWS_REGION }).uploadEndpoint.host, host)
})
