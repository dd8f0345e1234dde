import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Assignments, assignors } from '../../../../../local/kafka-event-source/kafka/assignors.ts'
import {
  assignedPartitions,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../../local/kafka-event-source/kafka/consumer-protocol.ts'

const plain = (assignments: Assignments) =>
  Object.fromEntries([...assignments].map(([member, topics]) => [member, Object.fromEntries(topics)]))

const members = [
  { memberId: 'b', topics: ['t', 'u'] },
  { memberId: 'a', topics: ['t'] },
]

test('range gives neighbours, the first members one more', () => {
  const assigned = assignors.range(
    members,
    new Map([
      ['t', 5],
      ['u', 1],
    ]),
  )
  assert.deepEqual(plain(assigned), { a: { t: [0, 1, 2] }, b: { t: [3, 4], u: [0] } })
})

test('roundrobin deals out in turn, past who is not subscribed', () => {
  const assigned = assignors.roundrobin(
    members,
    new Map([
      ['t', 3],
      ['u', 2],
    ]),
  )
  assert.deepEqual(plain(assigned), { a: { t: [0, 2] }, b: { t: [1], u: [0, 1] } })
})

test('every partition goes to exactly one member that wants it, if there is one', () => {
  const topics = ['t', 'u', 'v']
  const aMember = fc.record({ memberId: fc.string({ minLength: 1 }), topics: fc.subarray(topics) })
  const many = fc.uniqueArray(aMember, { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(many, fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }), (group, counts) => {
      const partitions = new Map(topics.map((topic, i) => [topic, counts[i]!]))
      for (const assign of Object.values(assignors)) {
        const assigned = assign(group, partitions)
        for (const [topic, count] of partitions) {
          const wanting = group.filter((member) => member.topics.includes(topic))
          const given = group.flatMap(({ memberId }) => assigned.get(memberId)?.get(topic) ?? [])
          const wanted = wanting.length === 0 ? [] : Array.from({ length: count }, (_, i) => i)
          assert.deepEqual(
            given.toSorted((a, b) => a - b),
            wanted,
          )
          for (const { memberId, topics: subscribed } of group) {
            if (!subscribed.includes(topic)) assert.equal(assigned.get(memberId)?.get(topic), undefined)
          }
        }
      }
    }),
  )
})

test('subscriptions and assignments come back as they were sent', () => {
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
  assert.deepEqual(assignedPartitions(assignment, 't'), [0, 7])
  assert.deepEqual(assignedPartitions(assignment, 'v'), [])
  assert.deepEqual(assignedPartitions(Buffer.alloc(0), 't'), [])
})
