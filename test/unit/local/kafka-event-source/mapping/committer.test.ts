import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Committer } from '../../../../../local/kafka-event-source/mapping/committer.ts'
import { ManualClock, settled } from './manual-clock.ts'

function rig() {
  const clock = new ManualClock()
  const requests: {
    offsets: [number, number][]
    answer: (ours: boolean) => Promise<void>
    fail: () => Promise<void>
  }[] = []
  const errors: unknown[] = []
  let committed = 0
  const committer = new Committer(new Map([[0, 10]]), {
    clock,
    commit: (offsets) =>
      new Promise((resolve, reject) => {
        requests.push({
          offsets: [...offsets],
          answer: (ours) => {
            resolve(ours)
            return settled()
          },
          fail: () => {
            reject(new Error('away'))
            return settled()
          },
        })
      }),
    committed: (offsets) => {
      committed += offsets
    },
    failed: (error) => errors.push(error),
  })
  return { clock, committer, requests, errors, count: () => committed }
}

test('one request at a time, the latest offset of each partition', async () => {
  const { committer, requests, count } = rig()
  committer.add(new Map([[0, 12]]))
  committer.add(new Map([[0, 13]]))
  committer.add(
    new Map([
      [0, 15],
      [1, 4],
    ]),
  )
  assert.deepEqual(
    requests.map(({ offsets }) => offsets),
    [[[0, 12]]],
  )
  await requests[0]!.answer(true)
  assert.deepEqual(requests[1]!.offsets, [
    [0, 15],
    [1, 4],
  ])
  await requests[1]!.answer(true)
  assert.deepEqual(
    [...committer.committed],
    [
      [0, 15],
      [1, 4],
    ],
  )
  assert.equal(count(), 5)
})

test('an offset never goes back', () => {
  const { committer, requests } = rig()
  committer.add(new Map([[0, 10]]))
  committer.add(new Map([[0, 3]]))
  assert.equal(requests.length, 0)
})

test('a failed commit is tried again, with what has come since', async () => {
  const { clock, committer, requests, errors } = rig()
  committer.add(
    new Map([
      [0, 12],
      [1, 1],
    ]),
  )
  committer.add(new Map([[0, 14]]))
  await requests[0]!.fail()
  assert.equal(errors.length, 1)
  await clock.advance(1_000)
  assert.deepEqual(requests[1]!.offsets.toSorted(), [
    [0, 14],
    [1, 1],
  ])
})

test('offsets of partitions that are no longer ours are not committed again', async () => {
  const { clock, committer, requests } = rig()
  committer.add(new Map([[0, 12]]))
  await requests[0]!.answer(false)
  await clock.advance(10_000)
  assert.equal(requests.length, 1)
  assert.equal(committer.committed.get(0), 10)
})

test('finishing waits for the commit, but not for ever', async () => {
  const { clock, committer, requests } = rig()
  committer.add(new Map([[0, 12]]))
  let isFinished = false
  void committer.finish(5_000).then(() => {
    isFinished = true
  })
  await requests[0]!.fail()
  await clock.advance(4_000)
  assert.equal(isFinished, false)
  await requests.at(-1)!.fail()
  await clock.advance(1_000)
  assert.equal(isFinished, true)
})
