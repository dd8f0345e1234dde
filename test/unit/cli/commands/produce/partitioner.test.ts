import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitioner } from '../../../../../cli/commands/produce/partitioner.ts'
import { murmur2 } from '../../../../../kafka/producer/murmur2.ts'

test('computes murmur2 as Kafka does', () => {
  // From Kafka's own test of its Utils.murmur2.
  for (const [key, hash] of [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ] as const) {
    assert.equal(murmur2(Buffer.from(key)), hash, key)
  }
})

test('always assigns a key to the same partition, also to one without a leader', () => {
  const partitionOf = partitioner(5, [0, 1])
  const found = new Set(Array.from({ length: 100 }, (_, i) => partitionOf(Buffer.from(`key ${i}`), 10)))
  assert.deepEqual([...found].sort(), [0, 1, 2, 3, 4])
  assert.equal(partitionOf(Buffer.from('key 1'), 10), partitionOf(Buffer.from('key 1'), 99_999))
})

test('assigns records without a key to one partition with a leader, and to another after a number of bytes', () => {
  const numbers = [0.9, 0.1, 0.5]
  const partitionOf = partitioner(5, [1, 3, 4], () => numbers.shift() ?? 0)
  const found = Array.from({ length: 9 }, () => partitionOf(null, 6_000))
  assert.deepEqual(found, [4, 4, 4, 1, 1, 1, 3, 3, 3])
})
