import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Committer, type OffsetStore } from '../../../../../local/kafka-event-source/mapping/committer.ts'
import { noCounts } from '../../../../../local/kafka-event-source/mapping/counters.ts'
import { ManualClock, settled } from './manual-clock.ts'

function rig() {
  const clock = new ManualClock()
  const requests: {
    offsets: [number, number][]
    answer: (isAssigned: boolean) => Promise<void>
    fail: () => Promise<void>
  }[] = []
  const errors: unknown[] = []
  const store: OffsetStore = {
    commit: (offsets) =>
      new Promise((resolve, reject) => {
        requests.push({
          offsets: [...offsets],
          answer: (isAssigned) => {
            resolve(isAssigned)
            return settled()
          },
          fail: () => {
            reject(new Error('unreachable'))
            return settled()
          },
        })
      }),
  }
  const counters = noCounts()
  const report = (_: string, error: unknown) => {
    if (error !== undefined) errors.push(error)
  }
  const committer = new Committer(new Map([[0, 10]]), store, { counters, report }, clock)
  return { clock, committer, requests, errors, count: () => counters.CommittedEventCount }
}

test('commits the latest offset of each partition, one request at a time', async () => {
  const { committer, requests, count } = rig()
  committer.commit(new Map([[0, 12]]))
  committer.commit(new Map([[0, 13]]))
  committer.commit(
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

test('ignores a lower offset', () => {
  const { committer, requests } = rig()
  committer.commit(new Map([[0, 10]]))
  committer.commit(new Map([[0, 3]]))
  assert.equal(requests.length, 0)
})

test('retries a failed commit, with later offsets', async () => {
  const { clock, committer, requests, errors } = rig()
  committer.commit(
    new Map([
      [0, 12],
      [1, 1],
    ]),
  )
  committer.commit(new Map([[0, 14]]))
  await requests[0]!.fail()
  assert.equal(errors.length, 1)
  await clock.advance(1_000)
  assert.deepEqual(requests[1]!.offsets.toSorted(), [
    [0, 14],
    [1, 1],
  ])
})

test('does not retry offsets of partitions that are no longer assigned', async () => {
  const { clock, committer, requests } = rig()
  committer.commit(new Map([[0, 12]]))
  await requests[0]!.answer(false)
  await clock.advance(10_000)
  assert.equal(requests.length, 1)
  assert.equal(committer.committed.get(0), 10)
})

test('finish waits for the commit up to its limit', async () => {
  const { clock, committer, requests } = rig()
  committer.commit(new Map([[0, 12]]))
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
