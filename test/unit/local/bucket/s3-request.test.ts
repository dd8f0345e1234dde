import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, it } from 'node:test'
import { readS3Request } from '../../../../local/bucket/s3-request.ts'

const host = '127.0.0.1:9000'

/** Method, URL, headers, and the expected request. */
const requests: readonly (readonly [string, string, IncomingHttpHeaders, string])[] = [
  ['PUT', '/b/k', {}, 'put b k'],
  ['PUT', '/b/k?x-id=PutObject', {}, 'put b k'],
  ['PUT', '/b/k?X-Amz-Signature=0&X-Amz-Expires=60', {}, 'put b k'],
  ['PUT', '/b/k?X-Amz-Acl=private&x-amz-checksum-crc32=a&versionId=null', {}, 'put b k'],
  ['PUT', '/b/k?Signature=s&content-type=text%2Fplain&content-md5=m', {}, 'put b k'],
  ['PUT', '/b/k?unheard-of', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?encryption', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?attributes', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?select', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?renameObject', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?Acl', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?acl&tagging', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?partNumber=1', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?uploadId=u', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?%61cl', {}, 'acl of b k'],
  ['PUT', '/b/k?x-amz-copy-source=b%2Fother', {}, 'refuse NotImplemented'],
  ['PUT', '/b/k?x-amz-copy-source=b%2Fother', { 'x-amz-copy-source': 'b/other' }, 'copy b k'],
  ['PATCH', '/b/k', {}, 'refuse NotImplemented'],
  ['COPY', '/b/k', {}, 'refuse NotImplemented'],
  ['PUT', '/b/a/b/c.txt', {}, 'put b a/b/c.txt'],
  ['PUT', '/b/a%2Fb', {}, 'put b a/b'],
  ['PUT', '/b//k', {}, 'put b /k'],
  ['PUT', '/b/d/', {}, 'put b d/'],
  ['PUT', '/b/a+b%20c%2Bd', {}, 'put b a b c+d'],
  ['PUT', '/b/%F0%9F%93%9A%0A%22%27%25', {}, 'put b 📚\n"\'%'],
  ['PUT', '/b/k', { 'x-amz-copy-source': '/b/other' }, 'copy b k'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', {}, 'object b k'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', { 'x-amz-copy-source': '/b/other' }, 'object b k'],
  ['PUT', '/b/k?acl', {}, 'acl of b k'],
  ['PUT', '/b/k?tagging', {}, 'tagging of b k'],
  ['PUT', '/b/k?retention', {}, 'retention of b k'],
  ['PUT', '/b/k?legal-hold', {}, 'legal-hold of b k'],
  ['POST', '/b/k?uploads', {}, 'begin-upload b k'],
  ['POST', '/b/k?uploads=&x-id=CreateMultipartUpload', {}, 'begin-upload b k'],
  ['POST', '/b/k?uploadId=u', {}, 'complete b k'],
  ['POST', '/b/k?select&select-type=2', {}, 'select of b k'],
  ['POST', '/b/k?restore', {}, 'restore of b k'],
  ['POST', '/b/k', {}, 'refuse NotImplemented'],
  ['POST', '/b/k?delete', {}, 'refuse NotImplemented'],
  ['POST', '/b/k?uploadId=u&partNumber=1', {}, 'refuse NotImplemented'],
  ['DELETE', '/b/k', {}, 'delete b k'],
  ['DELETE', '/b/k?versionId=v', {}, 'delete b k'],
  ['DELETE', '/b/k?uploadId=u', {}, 'object b k'],
  ['DELETE', '/b/k?tagging', {}, 'tagging of b k'],
  ['DELETE', '/b/k?acl', {}, 'refuse NotImplemented'],
  ['DELETE', '/b/k?partNumber=1', {}, 'refuse NotImplemented'],
  ['DELETE', '/b/k?uploadId=u&partNumber=1', {}, 'refuse NotImplemented'],
  ['GET', '/b/k', {}, 'object b k'],
  ['GET', '/b/k?uploadId=u', {}, 'object b k'],
  ['GET', '/b/k?tagging', {}, 'tagging of b k'],
  ['GET', '/b/k?response-content-type=text/plain&anything', {}, 'object b k'],
  ['HEAD', '/b/k', {}, 'object b k'],
  ['OPTIONS', '/b/k', {}, 'other'],
  ['OPTIONS', '*', {}, 'other'],
  ['POST', '/b?delete', {}, 'delete-many b'],
  ['POST', '/b/?delete=', {}, 'delete-many b'],
  ['POST', '/b', { 'content-type': 'multipart/form-data; boundary=x' }, 'refuse NotImplemented'],
  ['POST', '/b', { 'content-type': 'Multipart/Form-Data;boundary=x' }, 'refuse NotImplemented'],
  ['POST', '/b/', {}, 'refuse NotImplemented'],
  ['PUT', '//b/k', {}, 'refuse InvalidBucketName'],
  ['PUT', '/b%2Fk', {}, 'refuse InvalidBucketName'],
  ['PUT', '/../b/k', {}, 'refuse InvalidBucketName'],
  ['DELETE', '/./b/k', {}, 'refuse InvalidBucketName'],
  ['PUT', '/b', {}, 'other'],
  ['PUT', '/b/?versioning', {}, 'other'],
  ['DELETE', '/b', {}, 'other'],
  ['DELETE', '/b?x-id=DeleteBucket', {}, 'other'],
  ['DELETE', '/b/?lifecycle', {}, 'other'],
  ['DELETE', '/b?inventory&id=1', {}, 'other'],
  ['DELETE', '/b?intelligent-tiering&id=1', {}, 'refuse NotImplemented'],
  ['DELETE', '/b/?metadataConfiguration', {}, 'refuse NotImplemented'],
  ['DELETE', '/b?acl', {}, 'refuse NotImplemented'],
  ['GET', '/', {}, 'list '],
  ['GET', '/b?list-type=2&prefix=k%2F', {}, 'list k/'],
  ['GET', '/b?list-type=2&continuation-token=a%09%0A%0D', {}, 'list '],
  ['GET', '/b?list-type=2&continuation-token=a%01', {}, 'refuse InvalidArgument'],
  ['HEAD', '/b', {}, 'other'],
  ['PUT', '/b/%E9', {}, 'refuse InvalidURI'],
  ['PUT', '/b/k#x', {}, 'refuse InvalidURI'],
  ['PUT', '/b/k?x-id=PutObject#x', {}, 'refuse InvalidURI'],
  ['PUT', 'http://127.0.0.1:9000/b/k', {}, 'refuse InvalidURI'],
  ['PUT', '/k', { host: 'books.localhost:9000' }, 'refuse InvalidRequest'],
  ['PUT', '/k', { host: 'books.s3.us-east-1.amazonaws.com' }, 'refuse InvalidRequest'],
  ['PUT', '/b/k', { host: 'localhost:9000' }, 'put b k'],
  ['PUT', '/b/k', { host: 's3.us-east-1.amazonaws.com' }, 'put b k'],
  ['PUT', '/b/k', { host: 'my.machine.lan:9000' }, 'put b k'],
  ['PUT', '/b/k', { host: '[::1]:9000' }, 'put b k'],
]

function describeRequest(...[method, url, headers]: Parameters<typeof readS3Request>): string {
  const request = readS3Request(method, url, headers)
  switch (request.type) {
    case 'change':
      return `${request.change.kind} ${request.change.bucket} ${request.change.key}`
    case 'begin-upload':
      return `begin-upload ${request.object.bucket} ${request.object.key}`
    case 'object':
      return `${request.subResource ? `${request.subResource} of` : 'object'} ${request.object.bucket} ${request.object.key}`
    case 'delete-many':
      return `delete-many ${request.bucket}`
    case 'list':
      return `list ${request.prefix}`
    case 'other':
      return 'other'
    case 'reject':
      return `refuse ${request.error.code}`
    default:
      return request satisfies never
  }
}

describe('a request to S3', () => {
  for (const [method, url, headers, expected] of requests) {
    it(`${method} ${url} ${JSON.stringify(headers)} is ${JSON.stringify(expected)}`, () => {
      assert.equal(describeRequest(method, url, { host, ...headers }), expected)
    })
  }
})
