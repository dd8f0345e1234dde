import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { uploadBook } from '../../../../cli/uploads/bucket.ts'

const conflict =
  '<Error><Code>InvalidRequest</Code><Message>One of them would be both a file and a folder.</Message></Error>'
const book = { key: 'a/b.txt', size: 4, open: () => Buffer.from('one\n') }

it('advises to check the local cloud only if S3 does not respond', async (test) => {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(409, { 'Content-Type': 'application/xml' }).end(conflict)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'locallocal' },
  })
  test.after(() => {
    s3.destroy()
    server.close()
  })
  const upload = () => uploadBook(s3, 'books', book, () => undefined)
  await assert.rejects(upload(), {
    message: 'Uploading "a/b.txt" to books failed: One of them would be both a file and a folder.',
  })
  server.close()
  s3.destroy()
  await assert.rejects(upload(), {
    message:
      /^Uploading "a\/b\.txt" to books failed: .*ECONNREFUSED.*\. Check that "npm start" is running\.$/,
  })
})
