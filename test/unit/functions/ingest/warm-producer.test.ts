import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WarmProducer } from '../../../../functions/ingest/warm-producer.ts'
import { AppError } from '../../../../lib/errors.ts'
import type { LineProducer } from '../../../../lib/kafka/producer.ts'

const unavailable = new AppError('KAFKA_UNAVAILABLE', 'away', { retryable: true })
const unfit = new AppError('OBJECT_NOT_TEXT', 'no text')

function producers() {
  const opened: FakeProducer[] = []
  const warm = new WarmProducer(async () => {
    const producer = new FakeProducer(opened.length + 1)
    opened.push(producer)
    return producer as unknown as LineProducer
  })
  const use = (work: (number: number) => unknown) =>
    warm.use(async (producer) => work((producer as unknown as FakeProducer).number))
  return { opened, warm, use }
}

class FakeProducer {
  closed = false
  flushing: Promise<void> = Promise.resolve()
  readonly number: number

  constructor(number: number) {
    this.number = number
  }

  flush(): Promise<void> {
    return this.flushing
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

const failing = (error: Error) => () => {
  throw error
}

describe('a warm producer', () => {
  it('is opened once, however often and by however many it is used', async () => {
    const { opened, use } = producers()
    await Promise.all([use(() => 1), use(() => 2)])
    await use(() => 3)
    assert.equal(opened.length, 1)
  })

  it('that fails after it has worked is replaced, and the work done once more', async () => {
    const { opened, use } = producers()
    await use(() => 'works')
    const result = await use((number) => (number === 1 ? failing(unavailable)() : `done by ${number}`))
    assert.equal(result, 'done by 2')
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [true, false],
    )
  })

  it('that never worked is given up with its error', async () => {
    const { opened, use } = producers()
    await assert.rejects(use(failing(unavailable)), unavailable)
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [true],
    )
  })

  it('is replaced once only', async () => {
    const { opened, use } = producers()
    await use(() => 'works')
    await assert.rejects(use(failing(unavailable)), unavailable)
    assert.equal(opened.length, 2)
  })

  it('stays when what failed was not Kafka', async () => {
    const { opened, use } = producers()
    await assert.rejects(use(failing(unfit)), unfit)
    await use(() => 'works')
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [false],
    )
  })

  it('that cannot be opened is opened anew by the next use', async () => {
    let away = true
    const warm = new WarmProducer(async () => {
      if (away) throw unavailable
      return new FakeProducer(1) as unknown as LineProducer
    })
    await assert.rejects(
      warm.use(async () => 'done'),
      unavailable,
    )
    away = false
    assert.equal(await warm.use(async () => 'done'), 'done')
  })

  it('is settled when nothing is in flight, and dropped when that cannot be known', async () => {
    const { opened, warm, use } = producers()
    await warm.settle()
    await use(() => 'works')
    await warm.settle()
    assert.equal(opened[0]!.closed, false)
    opened[0]!.flushing = Promise.reject(unavailable)
    await warm.settle()
    assert.equal(opened[0]!.closed, true)
    await warm.close()
  })
})
