import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordFilter } from '../../../../../local/kafka-event-source/filter/record-filter.ts'

const passes = (patterns: Parameters<typeof recordFilter>[0], value: Buffer | string | null) =>
  recordFilter(patterns)!(typeof value === 'string' ? Buffer.from(value) : value)

const json = [{ value: { device_ID: ['AB1234'] } }]
const text = [{ value: [{ 'anything-but': ['error'] }] }]

test('a JSON pattern filters JSON values, a string pattern filters strings', () => {
  assert.equal(passes(json, '{"device_ID":"AB1234"}'), true)
  assert.equal(passes(json, '{"device_ID":"ZZ"}'), false)
  assert.equal(passes(text, 'fine'), true)
  assert.equal(passes(text, 'error'), false)
})

test('a pattern does not apply to a value of another format', () => {
  assert.equal(passes(json, 'plain text'), true)
  assert.equal(passes(json, '{"device_ID":'), true)
  assert.equal(passes(text, '{"error":1}'), true)
  assert.equal(passes([{ value: ['x'] }], '{"x":1}'), true)
})

test('patterns do not apply to null values and values that are not UTF-8', () => {
  for (const patterns of [json, text, [{ value: ['x'] }]]) {
    assert.equal(passes(patterns, null), true)
    assert.equal(passes(patterns, Buffer.from([0xff, 0xfe, 0x41])), true)
  }
})

test('a bare number is a string to a filter', () => {
  assert.equal(passes([{ value: ['42'] }], '42'), true)
  assert.equal(passes([{ value: ['42'] }], '43'), false)
})

test('one matching pattern is enough; without patterns nothing is filtered', () => {
  const two = [{ value: ['a'] }, { value: [{ prefix: 'b' }] }]
  assert.deepEqual(
    ['a', 'bc', 'c'].map((value) => passes(two, value)),
    [true, true, false],
  )
  assert.equal(recordFilter([]), undefined)
})

test('rejects a pattern for anything but the value', () => {
  assert.throws(() => recordFilter([{ key: ['x'] }]), /^PatternError: key is not a key that Kafka records/)
})
