import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Assignments, assignors } from '../../../../kafka/consumer/assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../kafka/consumer/consumer-protocol.ts'

const plain = (assignments: Assignments) =>
  Object.fromEntries([...assignments].map(([member, topics]) => [member, Object.fromEntries(topics)]))

const members = [
  { memberId: 'b', topics: ['t', 'u'] },
  { memberId: 'a', topics: ['t'] },
]

test('range assigns neighbouring partitions, one more to the first members', () => {
  const assigned = assignors.range(
    members,
    new Map([
      ['t', 5],
      ['u', 1],
    ]),
  )
  assert.deepEqual(plain(assigned), { a: { t: [0, 1, 2] }, b: { t: [3, 4], u: [0] } })
})

test('roundrobin assigns in turn and skips members that are not subscribed', () => {
  const assigned = assignors.roundrobin(
    members,
    new Map([
      ['t', 3],
      ['u', 2],
    ]),
  )
  assert.deepEqual(plain(assigned), { a: { t: [0, 2] }, b: { t: [1], u: [0, 1] } })
})

test('each partition is assigned to exactly one subscribed member, if there is one', () => {
  const topics = ['t', 'u', 'v']
  const aMember = fc.record({ memberId: fc.string({ minLength: 1 }), topics: fc.subarray(topics) })
  const many = fc.uniqueArray(aMember, { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(many, fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }), (group, counts) => {
      const partitions = new Map(topics.map((topic, i) => [topic, counts[i]!]))
      for (const assign of Object.values(assignors)) {
        const assigned = assign(group, partitions)
        for (const [topic, count] of partitions) {
          const subscribers = group.filter((member) => member.topics.includes(topic))
          const given = group.flatMap(({ memberId }) => assigned.get(memberId)?.get(topic) ?? [])
          const expected = subscribers.length === 0 ? [] : Array.from({ length: count }, (_, i) => i)
          assert.deepEqual(
            given.toSorted((a, b) => a - b),
            expected,
          )
          for (const { memberId, topics: subscribed } of group) {
            if (!subscribed.includes(topic)) assert.equal(assigned.get(memberId)?.get(topic), undefined)
          }
        }
      }
    }),
  )
})

test('subscriptions and assignments are decoded as they were encoded', () => {
  assert.deepEqual(decodeSubscription('m', encodeSubscription(['t', 'ü'])), {
    memberId: 'm',
    topics: ['t', 'ü'],
  })
  const assignment = encodeAssignment(
    new Map([
      ['t', [0, 7]],
      ['u', [1]],
    ]),
  )
  assert.deepEqual(decodeAssignment(assignment).get('t'), [0, 7])
  assert.deepEqual(decodeAssignment(assignment).get('v'), undefined)
  assert.deepEqual(decodeAssignment(Buffer.alloc(0)), new Map())
})
