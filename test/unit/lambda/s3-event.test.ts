import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeS3Event, encodeKey, encodeS3Event, type S3Change } from '../../../lambda/s3-event.ts'

/** The example of the Amazon S3 user guide, page "Event message structure", without the version (our bucket has none). */
const documented = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-west-2',
      eventTime: '1970-01-01T00:00:00.000Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: {
        'x-amz-request-id': 'C3D13FE58DE4C810',
        'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
      },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'testConfigRule',
        bucket: {
          name: 'amzn-s3-demo-bucket',
          ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
          arn: 'arn:aws:s3:::amzn-s3-demo-bucket',
        },
        object: {
          key: 'HappyFace.jpg',
          size: 1024,
          eTag: 'd41d8cd98f00b204e9800998ecf8427e',
          sequencer: '0055AED6DCD90281E5',
        },
      },
    },
  ],
}

const put: S3Change = {
  eventName: 'ObjectCreated:Put',
  bucket: 'amzn-s3-demo-bucket',
  key: 'HappyFace.jpg',
  eventTime: '1970-01-01T00:00:00.000Z',
  sequencer: '0055AED6DCD90281E5',
  size: 1024,
  eTag: 'd41d8cd98f00b204e9800998ecf8427e',
}

const origin = {
  awsRegion: 'us-west-2',
  configurationId: 'testConfigRule',
  principalId: 'AIDAJDPLRKLG7UEXAMPLE',
  sourceIPAddress: '127.0.0.1',
  requestId: 'C3D13FE58DE4C810',
}

const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
    : typeof value

describe('the S3 event', () => {
  it('has the fields of the documented one, each of its type', () => {
    assert.deepEqual(shape(encodeS3Event(put, origin)), shape(documented))
  })

  it('has the values of the documented one, except for undocumented values', () => {
    const expected = structuredClone(documented)
    expected.Records[0]!.responseElements['x-amz-id-2'] = origin.requestId
    expected.Records[0]!.s3.bucket.ownerIdentity.principalId = origin.principalId
    assert.deepEqual(encodeS3Event(put, origin), expected)
  })

  it('has an ARN of the partition of its region', () => {
    const [record] = encodeS3Event(put, { ...origin, awsRegion: 'cn-north-1' }).Records
    assert.equal(record!.s3.bucket.arn, 'arn:aws-cn:s3:::amzn-s3-demo-bucket')
  })

  it('of a removal has neither size nor ETag', () => {
    const { size: _, eTag: __, ...rest } = put
    const removed = encodeS3Event({ ...rest, eventName: 'ObjectRemoved:Delete' }, origin)
    assert.deepEqual(Object.keys(removed.Records[0]!.s3.object), ['key', 'sequencer'])
  })

  it('is read from the documented example', () => {
    assert.deepEqual(decodeS3Event(documented), [{ bucket: 'amzn-s3-demo-bucket', key: 'HappyFace.jpg' }])
  })

  it('names the same object after encoding and decoding, whatever the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (key) => {
        const text = JSON.stringify(encodeS3Event({ ...put, key }, origin))
        assert.deepEqual(decodeS3Event(JSON.parse(text)), [{ bucket: put.bucket, key }])
      }),
    )
  })

  it('is read from every fixture', () => {
    const files = readdirSync('events').filter((file) => file.startsWith('s3-'))
    assert.ok(files.length > 0)
    for (const file of files) {
      const objects = decodeS3Event(JSON.parse(readFileSync(`events/${file}`, 'utf8')))
      assert.ok(
        objects.every(({ bucket }) => bucket === 'books'),
        file,
      )
    }
  })
})

describe('a key in an S3 event', () => {
  const cases = [
    ['red flower.jpg', 'red+flower.jpg'],
    ['a/b.txt', 'a/b.txt'],
    ['image (1).png', 'image+%281%29.png'],
    ['1+1=2&3', '1%2B1%3D2%263'],
    ['100%', '100%25'],
    ['*-_.~!\'"', '*-_.%7E%21%27%22'],
    ['é\n📚', '%C3%A9%0A%F0%9F%93%9A'],
  ] as const
  for (const [key, encoded] of cases) {
    it(`${JSON.stringify(key)} is ${encoded}`, () => assert.equal(encodeKey(key), encoded))
  }
})

describe('decodeS3Event', () => {
  const record = documented.Records[0]!
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['the value null', null, /no Records/],
    ['another source', { Records: [{ ...record, eventSource: 'aws:sqs' }] }, /Records\[0\]\.eventSource/],
    ['another version', { Records: [{ ...record, eventVersion: '3.0' }] }, /eventVersion is not 2\.x/],
    ['no bucket', { Records: [{ ...record, s3: { object: { key: 'a' } } }] }, /bucket\.name/],
    [
      'no key',
      { Records: [record, { ...record, s3: { bucket: { name: 'b' } } }] },
      /Records\[1\]\.s3\.object\.key/,
    ],
    [
      'a broken key',
      { Records: [{ ...record, s3: { bucket: { name: 'b' }, object: { key: '%E9' } } }] },
      /not URL-encoded/,
    ],
  ]
  for (const [name, event, message] of cases) {
    it(`rejects an event with ${name}`, () =>
      assert.throws(() => decodeS3Event(event), { name: 'AppError', code: 'EVENT_INVALID', message }))
  }
})
