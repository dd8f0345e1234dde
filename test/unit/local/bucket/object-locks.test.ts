import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { LateLock, ObjectLocks } from '../../../../local/bucket/object-locks.ts'

const object = (key: string) => ({ bucket: 'books', key })

/** Whether a request was granted without another release. */
async function isGranted(lock: { readonly granted: Promise<void> }): Promise<boolean> {
  let granted = false
  void lock.granted.then(() => {
    granted = true
  })
  await turn()
  return granted
}

describe('locks of objects', () => {
  it('are granted to several readers of an object, or to one writer', async () => {
    const locks = new ObjectLocks()
    const readers = [locks.request({ reads: [object('a')] }), locks.request({ reads: [object('a')] })]
    const writer = locks.request({ writes: [object('a')] })
    assert.deepEqual(await Promise.all(readers.map(isGranted)), [true, true])
    assert.equal(await isGranted(writer), false)
    for (const reader of readers) reader.release()
    assert.equal(await isGranted(writer), true)
  })

  it('are granted in the order of the requests: a later reader waits behind a waiting writer', async () => {
    const locks = new ObjectLocks()
    const first = locks.request({ reads: [object('a')] })
    const writer = locks.request({ writes: [object('a')] })
    const later = locks.request({ reads: [object('a')] })
    assert.equal(await isGranted(later), false)
    first.release()
    writer.release()
    assert.equal(await isGranted(later), true)
  })

  it('distinguish buckets and keys', async () => {
    const locks = new ObjectLocks()
    locks.request({ writes: [object('a')] })
    assert.equal(await isGranted(locks.request({ writes: [object('b')] })), true)
    assert.equal(await isGranted(locks.request({ writes: [{ bucket: 'other', key: 'a' }] })), true)
  })

  it('do not block a request that reads and writes the same object', async () => {
    const locks = new ObjectLocks()
    const copy = locks.request({ reads: [object('a')], writes: [object('a')] })
    assert.equal(await isGranted(copy), true)
    assert.equal(await isGranted(locks.request({ reads: [object('a')] })), false)
  })

  it('that are released before they are requested are never granted', async () => {
    const locks = new ObjectLocks()
    const late = new LateLock(locks, { writes: [object('a')] })
    late.release()
    assert.equal(await isGranted({ granted: late.acquire() }), false)
    assert.equal(locks.size, 0)
  })

  it('exclude concurrent writers, never deadlock, and leave nothing behind, for any requests', async () => {
    const objects = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 })
    const requests = fc.array(fc.record({ reads: objects, writes: objects, turns: fc.nat(3) }), {
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(requests, async (requests) => {
        const locks = new ObjectLocks()
        const holders: { reads: string[]; writes: string[] }[] = []
        const work = async (wanted: { reads: string[]; writes: string[]; turns: number }) => {
          const lock = locks.request({
            reads: wanted.reads.map(object),
            writes: wanted.writes.map(object),
          })
          await lock.granted
          for (const { reads, writes } of holders) {
            assert.ok(!wanted.writes.some((key) => reads.includes(key) || writes.includes(key)))
            assert.ok(!wanted.reads.some((key) => writes.includes(key)))
          }
          holders.push(wanted)
          for (let i = 0; i < wanted.turns; i++) await Promise.resolve()
          holders.splice(holders.indexOf(wanted), 1)
          lock.release()
        }
        await Promise.all(requests.map(work))
        assert.equal(locks.size, 0)
      }),
    )
  })
})
