import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { S3EventName } from '../../../../lambda/s3-event.ts'
import { matches, readSubscription, type S3EventDefinition } from '../../../../local/bucket/subscriptions.ts'

/** Definition, event, key, and whether they match. */
const cases: readonly (readonly [S3EventDefinition, S3EventName, string, boolean])[] = [
  ['books', 'ObjectCreated:Put', 'a', true],
  ['books', 'ObjectRemoved:Delete', 'a', false],
  ['others', 'ObjectCreated:Put', 'a', false],
  [{ bucket: 'books', event: 's3:ObjectRemoved:*' }, 'ObjectRemoved:Delete', 'a', true],
  [{ bucket: 'books', event: 's3:ObjectCreated:Put' }, 'ObjectCreated:Put', 'a', true],
  [{ bucket: 'books', event: 's3:ObjectCreated:Put' }, 'ObjectCreated:Copy', 'a', false],
  [{ bucket: 'books', event: 's3:LifecycleExpiration:*' }, 'ObjectRemoved:Delete', 'a', false],
  [
    { bucket: 'books', rules: [{ prefix: 'in/' }, { suffix: '.txt' }] },
    'ObjectCreated:Put',
    'in/a.txt',
    true,
  ],
  [
    { bucket: 'books', rules: [{ prefix: 'in/' }, { suffix: '.txt' }] },
    'ObjectCreated:Put',
    'in/a.gz',
    false,
  ],
  [
    { bucket: 'books', rules: [{ prefix: 'in/' }, { suffix: '.txt' }] },
    'ObjectCreated:Put',
    'b/in/a.txt',
    false,
  ],
  [{ bucket: 'books', rules: [{ prefix: 'my+books%2F' }] }, 'ObjectCreated:Put', 'my books/a', true],
  [{ bucket: 'books', rules: [{ suffix: '100%' }] }, 'ObjectCreated:Put', 'a100%', true],
]

describe('a subscription', () => {
  for (const [definition, eventName, key, isMatch] of cases) {
    it(`${JSON.stringify(definition)} ${isMatch ? 'matches' : 'does not match'} ${eventName} ${key}`, () => {
      const subscription = readSubscription('ingest', definition)
      assert.equal(matches(subscription, { bucket: 'books', key, eventName }), isMatch)
    })
  }

  const refused: readonly (readonly [S3EventDefinition, RegExp])[] = [
    [{ bucket: 'books', event: 's3:ObjectCreate:*' }, /"ingest".*no event "s3:ObjectCreate:\*"/],
    [{ bucket: { Ref: 'Books' } }, /"ingest".*bucket must be a name/],
    [{ bucket: 'books', rules: [{ prefix: 'a' }, { prefix: 'b' }] }, /"ingest".*one prefix/],
    [{ bucket: 'books', rules: [{ suffix: { Ref: 'A' } }] }, /"ingest".*suffix must be text/],
  ]
  for (const [definition, message] of refused) {
    it(`${JSON.stringify(definition)} is rejected`, () =>
      assert.throws(() => readSubscription('ingest', definition), { code: 'CONFIG_INVALID', message }))
  }
})
