import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failedEditions } from '../../../../cli/uploads/failed-editions.ts'

const requestContext = { condition: 'RetriesExhausted' }
const failed = (object: Readonly<Record<string, string>>) => ({
  requestContext,
  responsePayload: { errorMessage: 'It is not text.' },
  requestPayload: {
    Records: [{ eventSource: 'aws:s3', eventVersion: '2.1', s3: { bucket: { name: 'books' }, object } }],
  },
})

async function editionsOf(record: unknown) {
  const newest = async () => [{ id: 'x', text: JSON.stringify(record) }]
  return (await failedEditions({ newest, remove: async () => {} })).map(({ key, edition }) => ({
    key,
    edition,
  }))
}

test('decodes the key of an S3 notification, and returns the edition of its ETag', async () => {
  const eTag = 'd41d8cd98f00b204e9800998ecf8427e'
  const [found] = await editionsOf(failed({ key: 'm%C3%A4rchen/a+b.txt', eTag }))
  assert.equal(found!.key, 'märchen/a b.txt')
  assert.ok(found!.edition)
})

test('reads the unencoded key of an EventBridge event, without an edition', async () => {
  const found = await editionsOf(failed({ unencodedKey: 'märchen/a+b%20c.txt' }))
  assert.deepEqual(found, [{ key: 'märchen/a+b%20c.txt', edition: undefined }])
})

test('returns keys as in the bucket, also if the name of their book is escaped', async () => {
  const found = await editionsOf(failed({ key: 'a%5Cx41%C3%A4.txt' }))
  assert.deepEqual(found, [{ key: 'a\\x41ä.txt', edition: undefined }])
})

test('omits events of other sources than S3', async () => {
  assert.deepEqual(await editionsOf({ requestContext, requestPayload: { greeting: 'hello' } }), [])
})
