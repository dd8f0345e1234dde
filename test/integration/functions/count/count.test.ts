import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newUser } from '../../../harness/counting-user.ts'
import { isError } from '../../../harness/is-error.ts'
import { kcatRecords, withoutKcat } from '../../../harness/kcat.ts'

describe('count, on a real broker', { skip: withoutKcat }, () => {
  it('publishes 1…n for each book, in order, in the partition of its lines', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a', 'c', 'a', 'b'])
    await user.counter().count(await user.event())
    const counts = await kcatRecords(user.brokers, user.config.topics.bookCount)
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3'], b: ['1', '2'], c: ['1'] })
    const lines = await kcatRecords(user.brokers, user.config.topics.books)
    const home = new Map(lines.map(({ key, partition }) => [String(key), partition]))
    assert.ok(counts.every(({ key, partition }) => home.get(String(key)) === partition))
    assert.ok(counts.every(({ headers }) => headers === ''))
  })

  it('publishes nothing for a repeated event, in the same container or in another', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a'])
    const [one, other] = [user.counter(), user.counter()]
    const event = await user.event()
    await one.count(event)
    await one.count(event)
    await other.count(event)
    assert.deepEqual(await user.counts(), { a: ['1', '2'], b: ['1'] })
  })

  it('fences the previous container, which then takes over the partition and continues', async () => {
    const user = await newUser()
    const [zombie, successor] = [user.counter(), user.counter()]
    await user.produce(['a', 'a'])
    await zombie.count(await user.event())
    await user.produce(['a', 'a'])
    await successor.count(await user.event())
    await user.produce(['a'])
    await zombie.count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '4', '5'] })
  })

  it('aborts the transaction that a container left open, before it restores', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.counter().count(await user.event())
    const { partition } = (await user.records())[0]!
    const dead = await user.foreigner(`${user.config.userid}.count.${partition}`)
    dead.produce(user.config.topics.bookCount, partition, Buffer.from('a'), Buffer.from('999'))
    await user.produce(['a'])
    await user.counter().count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2'] })
  })

  it('fails with STATE_BLOCKED behind a foreign open transaction, and counts after its end', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.counter().count(await user.event())
    const { partition } = (await user.records())[0]!
    const foreigner = await user.foreigner()
    foreigner.produce(user.config.topics.bookCountState, partition, Buffer.from('x'), Buffer.from('y'))
    await foreigner.flush()
    await user.produce(['a'])
    await assert.rejects(user.counter().count(await user.event()), isError('STATE_BLOCKED'))
    await foreigner.commit()
    await user.counter().count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2'] })
  })

  it('rebuilds every count after the state topic was deleted', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a'])
    await user.counter().count(await user.event())
    await user.remakeTopic(user.config.topics.bookCountState)
    await user.produce(['a', 'b'])
    await user.counter().count(await user.event())
    const counts = await user.counts()
    assert.deepEqual(counts.a?.at(-1), '3')
    assert.deepEqual(counts.b?.at(-1), '2')
  })

  it('discards the old counts in a warm container after the books topic was re-created', async () => {
    const user = await newUser()
    const counter = user.counter()
    await user.produce(['a', 'a', 'a'])
    await counter.count(await user.event())
    await user.remakeTopic(user.config.topics.books)
    await user.produce(['a'])
    await counter.count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '1'] })
  })

  it('rejects offsets beyond the log with NOT_FROM_THIS_TOPIC, and publishes nothing', async () => {
    const user = await newUser()
    await user.produce(['a'])
    const [record] = await user.records()
    const invented = user.eventOf([{ ...record!, offset: 15 }])
    await assert.rejects(user.counter().count(invented), isError('NOT_FROM_THIS_TOPIC'))
    assert.deepEqual(await user.counts(), {})
  })

  it('rejects topics with different numbers of partitions', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.remakeTopic(user.config.topics.bookCountState, 3)
    await assert.rejects(user.counter().count(await user.event()), isError('PARTITIONS_DIFFER'))
  })
})
