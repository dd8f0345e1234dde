import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unsupported } from '../../../../local/bucket/s3proxy-features.ts'

const form = { 'content-type': 'Application/x-www-form-urlencoded; charset=utf-8' }

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
    ['PUT', undefined, { 'x-amz-copy-source': 'b/k', 'if-none-match': '*' }, /omit if-none-match/],
    ['PUT', undefined, { 'x-amz-copy-source': 'b/k', 'if-match': '"e"' }, /omit if-match/],
    ['PUT', undefined, { ...form, 'content-length': '5' }, /x-www-form-urlencoded/],
    ['POST', undefined, { ...form, 'transfer-encoding': 'chunked' }, /x-www-form-urlencoded/],
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
    ['PUT', undefined, { 'if-none-match': '*' }],
    ['PUT', undefined, { 'x-amz-copy-source': 'b/k', 'x-amz-copy-source-if-match': '"e"' }],
    ['PUT', undefined, { ...form, 'content-length': '0' }],
    ['POST', undefined, form],
    ['GET', 'acl', {}],
    ['GET', undefined, { 'x-amz-server-side-encryption-customer-key': 'k' }],
  ] as const) {
    it(`is not found in ${method} ${subResource ?? ''} ${Object.keys(headers)}`, () => {
      assert.equal(unsupported(method, subResource, headers), undefined)
    })
  }

  for (const [size, isRejected] of [
    [128 * 1024 * 1024, false],
    [128 * 1024 * 1024 + 1, true],
  ] as const) {
    it(`is ${isRejected ? '' : 'not '}a body of ${size} bytes with a signed hash`, () => {
      const headers = { 'x-amz-content-sha256': 'a'.repeat(64), 'content-length': String(size) }
      assert.equal(unsupported('PUT', undefined, headers)?.code, isRejected ? 'EntityTooLarge' : undefined)
      for (const mode of ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
        assert.equal(unsupported('PUT', undefined, { ...headers, 'x-amz-content-sha256': mode }), undefined)
    })
  }
})
