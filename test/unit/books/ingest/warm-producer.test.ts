import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WarmProducer } from '../../../../books/ingest/warm-producer.ts'
import type { Producer } from '../../../../kafka/producer/producer.ts'
import { AppError } from '../../../../lib/errors.ts'

const unavailable = new AppError('KAFKA_UNAVAILABLE', 'unavailable', { retryable: true })
const rejected = new AppError('OBJECT_NOT_TEXT', 'not text')

function producers() {
  const opened: FakeProducer[] = []
  const warm = new WarmProducer(async () => {
    const producer = new FakeProducer(opened.length + 1)
    opened.push(producer)
    return producer as unknown as Producer
  })
  const use = (work: (number: number) => unknown) =>
    warm.use(async (producer) => work((producer as unknown as FakeProducer).number))
  return { opened, warm, use }
}

class FakeProducer {
  closed = false
  verified = 0
  flushing: Promise<void> = Promise.resolve()
  readonly number: number

  constructor(number: number) {
    this.number = number
  }

  flush(): Promise<void> {
    return this.flushing
  }

  verifyTopic(): void {
    this.verified++
  }

  close(): void {
    this.closed = true
  }
}

const failing = (error: Error) => () => {
  throw error
}

describe('WarmProducer', () => {
  it('opens one producer for concurrent and repeated uses', async () => {
    const { opened, use } = producers()
    await Promise.all([use(() => 1), use(() => 2)])
    await use(() => 3)
    assert.equal(opened.length, 1)
  })

  it('replaces a producer that fails after it has worked, and repeats the work once', async () => {
    const { opened, use } = producers()
    await use(() => 'works')
    const result = await use((number) => (number === 1 ? failing(unavailable)() : `done by ${number}`))
    assert.equal(result, 'done by 2')
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [true, false],
    )
  })

  it('throws the error of a producer that has never worked', async () => {
    const { opened, use } = producers()
    await assert.rejects(use(failing(unavailable)), unavailable)
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [true],
    )
  })

  it('verifies the topic of a producer that has worked before', async () => {
    const { opened, use } = producers()
    await use(() => 'works')
    assert.equal(opened[0]!.verified, 0)
    await use(() => 'works')
    assert.equal(opened[0]!.verified, 1)
  })

  it('replaces a producer once per use', async () => {
    const { opened, use } = producers()
    await use(() => 'works')
    await assert.rejects(use(failing(unavailable)), unavailable)
    assert.equal(opened.length, 2)
  })

  it('keeps the producer when the work fails for another reason than Kafka', async () => {
    const { opened, use } = producers()
    await assert.rejects(use(failing(rejected)), rejected)
    await use(() => 'works')
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [false],
    )
  })

  for (const failure of [unavailable, new AppError('SECRET_UNAVAILABLE', 'no secret', { retryable: true })]) {
    it(`opens a producer again after opening has failed with ${failure.code}`, async () => {
      let isAvailable = false
      const warm = new WarmProducer(async () => {
        if (!isAvailable) throw failure
        return new FakeProducer(1) as unknown as Producer
      })
      await assert.rejects(
        warm.use(async () => 'done'),
        failure,
      )
      isAvailable = true
      assert.equal(await warm.use(async () => 'done'), 'done')
    })
  }

  it('fails only when no record of the failed producer is in flight', async () => {
    const { opened, warm, use } = producers()
    await warm.settle()
    let respond: () => void = () => undefined
    const result = use(() => {
      opened[0]!.flushing = new Promise((resolve) => {
        respond = resolve
      })
      throw unavailable
    })
    let isOver = false
    const over = assert.rejects(result, unavailable).then(() => {
      isOver = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([opened[0]!.closed, isOver], [true, false])
    respond()
    await over
    await warm.close()
  })
})
