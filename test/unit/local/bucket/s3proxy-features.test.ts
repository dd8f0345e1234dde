import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unsupported } from '../../../../local/bucket/s3proxy-features.ts'

describe('a feature that S3Proxy does not have', () => {
  for (const [method, subResource, headers, named] of [
    ['PUT', 'tagging', {}, /PUT \?tagging/],
    ['DELETE', 'tagging', {}, /DELETE \?tagging/],
    ['PUT', 'legal-hold', {}, /legal-hold/],
    ['POST', 'restore', {}, /restore/],
    ['PUT', undefined, { 'x-amz-server-side-encryption': 'AES256' }, /x-amz-server-side-encryption/],
    ['POST', undefined, { 'x-amz-server-side-encryption-customer-key': 'k' }, /-customer-key/],
    ['PUT', undefined, { 'x-amz-acl': 'bucket-owner-full-control' }, /x-amz-acl/],
    ['PUT', undefined, { 'x-amz-write-offset-bytes': '5' }, /x-amz-write-offset-bytes/],
  ] as const) {
    it(`is rejected by name: ${named.source}`, () => {
      const error = unsupported(method, subResource, headers)
      assert.deepEqual([error?.status, error?.code], [501, 'NotImplemented'])
      assert.match(error!.message, named)
    })
  }

  for (const [method, subResource, headers] of [
    ['PUT', undefined, { 'x-amz-acl': 'public-read' }],
    ['PUT', 'acl', { 'x-amz-acl': 'private' }],
    ['PUT', undefined, { 'x-amz-tagging': 'a=b', 'x-amz-security-token': 't', 'x-amz-mp-object-size': '5' }],
    ['GET', 'acl', {}],
    ['GET', undefined, { 'x-amz-server-side-encryption-customer-key': 'k' }],
  ] as const) {
    it(`is not found in ${method} ${subResource ?? ''} ${Object.keys(headers)}`, () => {
      assert.equal(unsupported(method, subResource, headers), undefined)
    })
  }
})
