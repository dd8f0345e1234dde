/** Foreign changes to topics, group and mapping. The counts stay exact, or count fails with a reason. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newUser, type User } from '../../../harness/counting-user.ts'
import { isError } from '../../../harness/is-error.ts'
import { kcat, withoutKcat } from '../../../harness/kcat.ts'

describe('count, with records of other producers in its topics', { skip: withoutKcat }, () => {
  it('counts lines with a foreign header, and skips records without a key', async () => {
    const user = await oneLog()
    await user.produce(['a'])
    await produceRaw(user, user.config.topics.books, ['-H', 'line=garbage', '-K', '|'], 'a|text')
    await produceRaw(user, user.config.topics.books, ['-H', 'other=AAAAAAAA:1', '-K', '|'], 'a|text')
    await produceRaw(user, user.config.topics.books, ['-H', 'line=AAAAAAAA:7', '-K', '|'], 'b|text')
    await produceRaw(user, user.config.topics.books, [], 'nobody')
    await user.counter().count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3'] })
  })

  for (const [what, record] of [
    ['a foreign key', 'rubbish|rubbish'],
    ['an unreadable checkpoint', 'checkpoint|{"v":1,"next":'],
    ['a checkpoint of another version', 'checkpoint|{"v":99,"next":0}'],
    ['a damaged book', 'book:a|{"v":1,"lines":"many"}'],
    ['a book that was never counted', 'book:z|{"v":1,"lines":3,"edition":"","number":0,"complete":false}'],
  ] as const) {
    it(`publishes exact counts when the state topic has ${what}`, async () => {
      const user = await oneLog()
      await user.produce(['a', 'a'])
      await user.counter().count(await user.event())
      await produceRaw(user, user.config.topics.bookCountState, ['-K', '|'], record)
      await user.produce(['a', 'b'])
      await user.counter().count(await user.event())
      assert.deepEqual(await user.lastCounts(), { a: '3', b: '1' })
    })
  }

  it('replaces a count that another producer wrote', async () => {
    const user = await oneLog()
    await user.produce(['a', 'a'])
    await user.counter().count(await user.event())
    await produceRaw(user, user.config.topics.bookCount, ['-K', '|'], 'a|1000')
    await user.produce(['a'])
    await user.counter().count(await user.event())
    assert.deepEqual(await user.lastCounts(), { a: '3' })
  })

  it('removes counts of other producers when it counts a partition again', async () => {
    const user = await oneLog()
    await user.produce(['a', 'a'])
    await user.counter().count(await user.event())
    await produceRaw(user, user.config.topics.bookCount, ['-K', '|'], 'x|no number')
    await user.remakeTopic(user.config.topics.bookCountState)
    await user.produce(['a'])
    await user.counter().count(await user.event())
    assert.deepEqual(await user.lastCounts(), { a: '3', x: 'null' })
  })
})

describe('count, with a deleted, re-created or blocked topic', { skip: withoutKcat }, () => {
  it('fails with TOPIC_MISSING without the books topic, and counts the re-created topic', async () => {
    const user = await oneLog()
    const counter = user.counter()
    await user.produce(['a', 'a'])
    const event = await user.event()
    await counter.count(event)
    await user.admin.deleteTopic(user.config.topics.books)
    await assert.rejects(counter.count(event), isError('TOPIC_MISSING'))
    await user.makeTopic(user.config.topics.books)
    await user.produce(['b'])
    await counter.count(await user.event())
    assert.deepEqual(await user.lastCounts(), { a: 'null', b: '1' })
  })

  it('discards the counts when the books topic was re-created while no container ran', async () => {
    const user = await oneLog()
    await user.produce(['a', 'b'])
    await user.counter().count(await user.event())
    await user.remakeTopic(user.config.topics.books)
    await user.produce(['b', 'b', 'b'])
    await user.counter().count(await user.event())
    assert.deepEqual(await user.lastCounts(), { a: 'null', b: '3' })
  })

  it('fails with STATE_BLOCKED until a foreign transaction ends, and then removes old counts', async () => {
    const user = await oneLog()
    await user.produce(['a'])
    await user.counter().count(await user.event())
    const foreigner = await user.foreigner()
    foreigner.produce(user.config.topics.bookCount, 0, Buffer.from('x'), Buffer.from('1'))
    await foreigner.flush()
    await user.produce(['c'])
    await user.counter().count(await user.event())
    await user.remakeTopic(user.config.topics.books)
    await user.produce(['b'])
    const event = await user.event()
    await assert.rejects(user.counter().count(event), isError('STATE_BLOCKED'))
    await foreigner.commit()
    await user.counter().count(event)
    assert.deepEqual(await user.lastCounts(), { a: 'null', b: '1', c: 'null', x: 'null' })
  })

  it('counts the remaining lines after the beginning of the log was deleted', async () => {
    const user = await oneLog()
    const counter = user.counter()
    await user.produce(['a', 'a', 'a'])
    await counter.count(await user.event())
    await user.produce(['a', 'b', 'b'])
    await user.deleteRecords(0, 5)
    await counter.count(await user.event())
    assert.deepEqual(await user.lastCounts(), { a: 'null', b: '1' })
  })
})

describe('count, with gaps and repetitions in the delivery', { skip: withoutKcat }, () => {
  it('counts records that a filter of the mapping removed', async () => {
    const user = await oneLog()
    await user.produce(['a', 'b', 'a', 'b', 'a'])
    const records = await user.records()
    await user.counter().count(user.eventOf(records.filter(({ offset }) => offset % 2 === 0)))
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3'], b: ['1', '2'] })
  })

  it('continues after the control records of foreign transactions', async () => {
    const user = await oneLog()
    const counter = user.counter()
    const foreigner = await user.foreigner()
    for (let i = 0; i < 3; i++) {
      foreigner.produce(user.config.topics.books, 0, Buffer.from('a'), Buffer.from('text'))
      await foreigner.commit()
      await counter.count(user.eventOf((await user.records()).slice(-1)))
    }
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3'] })
  })

  it('counts a batch that the mapping dropped with the next batch', async () => {
    const user = await oneLog()
    const counter = user.counter()
    await user.produce(['a', 'a', 'a', 'a'])
    const records = await user.records()
    await counter.count(user.eventOf(records.slice(0, 1)))
    await counter.count(user.eventOf(records.slice(3)))
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '4'] })
  })

  it('counts each record once when offsets of the group are moved back or forwards', async () => {
    const user = await oneLog()
    await user.produce(['a', 'a', 'a', 'a', 'a', 'a'])
    const records = await user.records()
    const counter = user.counter()
    for (const [first, last] of [
      [0, 2],
      [1, 4],
      [0, 1],
      [5, 6],
    ] as const) {
      await counter.count(user.eventOf(records.slice(first, last)))
    }
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '4', '5', '6'] })
  })
})

/** One partition, so that offsets are known. */
function oneLog(): Promise<User> {
  return newUser({ PARTITIONS: '1' })
}

async function produceRaw(user: User, topic: string, args: readonly string[], input: string): Promise<void> {
  const partitioner = ['-X', 'topic.partitioner=murmur2_random']
  await kcat(['-P', '-b', user.brokers, '-t', topic, ...args, ...partitioner], input)
}
