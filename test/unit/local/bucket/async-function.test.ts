import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { encodeS3Event } from '../../../../lambda/s3-event.ts'
import {
  AsyncFunction,
  type AsyncFunctionOptions,
  asyncDefaults,
} from '../../../../local/bucket/async-function.ts'
import type { EventDelivery } from '../../../../local/bucket/event-queue.ts'
import type { AbandonedDelivery } from '../../../../local/bucket/failure-folder.ts'
import { invocationRecord } from '../../../../local/bucket/failure-folder.ts'
import { changeOf } from '../../../../local/bucket/s3-changes.ts'
import type { InvocationOutcome } from '../../../../local/containers/outcome.ts'

const origin = {
  awsRegion: 'us-east-1',
  configurationId: 'ingest',
  principalId: 'local',
  sourceIPAddress: '127.0.0.1',
  requestId: 'r',
}

function delivery(key: string, acceptedAtMs = Date.now()): EventDelivery {
  const event = encodeS3Event(changeOf('ObjectCreated:Put', { bucket: 'books', key }), origin)
  return { id: `id-${key}`, functionKey: 'ingest', acceptedAtMs, event }
}

const ok = (requestId: string): InvocationOutcome => ({ ok: true, requestId, payload: 'null' })
const failed = (requestId: string): InvocationOutcome => ({
  ok: false,
  requestId,
  kind: 'handler',
  errorType: 'AppError',
  errorMessage: 'no',
  trace: ['at x'],
})

/** A function whose invocations a test answers one by one. */
function testFunction(options: Partial<AsyncFunctionOptions> = {}) {
  const invoked: { id: string; answer: (outcome: InvocationOutcome) => void }[] = []
  const settled: string[] = []
  const givenUp: [string, AbandonedDelivery][] = []
  const lines: string[] = []
  const tested = new AsyncFunction({
    ...asyncDefaults,
    functionKey: 'ingest',
    invoke: (_payload, id) => new Promise((answer) => invoked.push({ id, answer })),
    writeFailure: async ({ id }, abandoned) => {
      givenUp.push([id, abandoned])
      return `f/${id}.json`
    },
    settled: ({ id }) => settled.push(id),
    log: (line) => lines.push(line),
    ...options,
  })
  const answer = async (index: number, outcome: (id: string) => InvocationOutcome) => {
    const { id, answer } = invoked[index]!
    answer(outcome(id))
    await turn()
  }
  return { tested, invoked, settled, givenUp, lines, answer }
}

describe('asynchronous invocation', () => {
  it('respects its concurrency and the order of arrival', async () => {
    const { tested, invoked, settled, answer } = testFunction({ concurrency: 2 })
    for (const key of ['a', 'b', 'c', 'd']) tested.enqueue(delivery(key))
    assert.deepEqual(
      invoked.map(({ id }) => id),
      ['id-a', 'id-b'],
    )
    await answer(1, ok)
    assert.deepEqual(
      invoked.map(({ id }) => id),
      ['id-a', 'id-b', 'id-c'],
    )
    assert.deepEqual(settled, ['id-b'])
  })

  it('retries twice, after its delays and with the same request id, then discards the event', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { tested, invoked, settled, givenUp, answer } = testFunction({ retryDelaysMs: [60_000, 120_000] })
    tested.enqueue(delivery('a'))
    await answer(0, failed)
    test.mock.timers.tick(59_999)
    assert.equal(invoked.length, 1)
    test.mock.timers.tick(1)
    await answer(1, failed)
    test.mock.timers.tick(119_999)
    assert.equal(invoked.length, 2)
    test.mock.timers.tick(1)
    await answer(2, failed)
    assert.deepEqual(
      invoked.map(({ id }) => id),
      ['id-a', 'id-a', 'id-a'],
    )
    assert.deepEqual(
      givenUp.map(([id, { condition, attempts }]) => [id, condition, attempts]),
      [['id-a', 'RetriesExhausted', 3]],
    )
    assert.deepEqual(settled, ['id-a'])
  })

  it('delivers other events while one waits for its retry', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { tested, settled, answer } = testFunction({ concurrency: 1 })
    tested.enqueue(delivery('a'))
    tested.enqueue(delivery('b'))
    await answer(0, failed)
    await answer(1, ok)
    assert.deepEqual(settled, ['id-b'])
    test.mock.timers.tick(1_000)
    await answer(2, ok)
    assert.deepEqual(settled, ['id-b', 'id-a'])
  })

  it('logs an invocation whose Records are not of S3 by its id', async () => {
    for (const event of [{ Records: null }, { Records: [{ eventSource: 'aws:sqs' }] }, { Records: [] }]) {
      const { tested, settled, lines, answer } = testFunction()
      tested.enqueue({ ...delivery('a'), event })
      await answer(0, ok)
      assert.match(lines.join('\n'), /^ingest ← invoke id-a ok \d+ ms$/)
      assert.deepEqual(settled, ['id-a'])
    }
  })

  it('discards an event that is too old without an invocation', async () => {
    const { tested, invoked, givenUp } = testFunction({ maximumEventAgeMs: 60_000 })
    tested.enqueue(delivery('a', Date.now() - 60_001))
    await turn()
    assert.equal(invoked.length, 0)
    assert.deepEqual(givenUp[0]?.[1], { condition: 'EventAgeExceeded', attempts: 0 })
  })

  it('discards every event with a concurrency of zero', async () => {
    const { tested, invoked, givenUp } = testFunction({ concurrency: 0 })
    tested.enqueue(delivery('a'))
    await turn()
    assert.equal(invoked.length, 0)
    assert.deepEqual(givenUp[0]?.[1], { condition: 'ZeroReservedConcurrency', attempts: 0 })
  })

  it('keeps failed and waiting events in the queue while it closes, and removes the others', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { tested, invoked, settled, givenUp, answer } = testFunction({
      concurrency: 3,
      maximumRetryAttempts: 0,
    })
    for (const key of ['a', 'b', 'c', 'd']) tested.enqueue(delivery(key))
    tested.stopRetrying()
    const closed = tested.close()
    await answer(0, failed)
    await answer(1, ok)
    await answer(2, failed)
    await closed
    test.mock.timers.tick(1_000_000)
    assert.deepEqual([invoked.length, settled, givenUp], [3, ['id-b'], []])
  })

  it('keeps an event in the queue when the on-failure destination fails, and logs it', async () => {
    const writeFailure = () => Promise.reject(new Error('disk full'))
    const { tested, settled, lines, answer } = testFunction({ maximumRetryAttempts: 0, writeFailure })
    tested.enqueue(delivery('a'))
    await answer(0, failed)
    assert.deepEqual(settled, [])
    assert.match(lines.at(-1)!, /books\/a .*disk full/)
  })

  it('logs one line for each delivery, with any key', async () => {
    const { tested, lines, answer } = testFunction()
    tested.enqueue(delivery('a\nb\u001b[2J é'))
    await answer(0, ok)
    assert.match(lines.join('\n'), /^ingest ← s3 books\/a\\nb\\u001b\[2J é ObjectCreated:Put ok \d+ ms$/)
  })
})

describe('the record of a discarded event', () => {
  /** The example of the Lambda developer guide, page "Capturing records of Lambda asynchronous invocations". */
  const documented = {
    version: '1.0',
    timestamp: '2019-11-14T18:16:05.568Z',
    requestContext: {
      requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: {},
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'RequestId: e4b46cbf Process exited before completing request' },
  }

  it('has the documented fields', () => {
    const failure = failed('id-a') as Extract<InvocationOutcome, { ok: false }>
    const abandoned = { condition: 'RetriesExhausted', attempts: 3, failure } as const
    const record = invocationRecord(delivery('a'), abandoned, 'us-east-1', new Date(documented.timestamp))
    assert.deepEqual(Object.keys(record), Object.keys(documented))
    assert.deepEqual(Object.keys(record.requestContext), Object.keys(documented.requestContext))
    assert.deepEqual(record.responseContext, documented.responseContext)
    assert.deepEqual(record.responsePayload, { errorType: 'AppError', errorMessage: 'no', trace: ['at x'] })
    assert.equal(record.timestamp, documented.timestamp)
    assert.equal(
      record.requestContext.functionArn,
      'arn:aws:lambda:us-east-1:000000000000:function:ingest:$LATEST',
    )
  })

  it('has no response if there was no attempt', () => {
    const abandoned = { condition: 'EventAgeExceeded', attempts: 0 } as const
    const record = invocationRecord(delivery('a'), abandoned, 'us-east-1', new Date())
    assert.equal('responseContext' in record || 'responsePayload' in record, false)
  })
})
