import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { kcat, withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'

const options = { skip: withoutKcat }

/** A truncated UTF-8 character of three bytes. */
const notUtf8 = Buffer.from([0xe2, 0x82])

test(
  'filters on the value, JSON or text; a value of another format passes; patterns are alternatives',
  options,
  async (t) => {
    const topic = await newTopic()
    await produce(topic, [
      '{"type":"reading","n":1}',
      '{"type":"status","n":2}',
      '{"type":"alarm","level":7}',
      '{"type":"alarm","level":2}',
      'plain text',
    ])
    await kcat(['-P', '-b', topic.brokers, '-t', topic.topic], notUtf8)
    const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map((record) => record.offset))')
    const filterPatterns = [
      { value: { type: ['reading'] } },
      { value: { type: ['alarm'], level: [{ numeric: ['>', 5] }] } },
    ]
    const { mapping } = await startService(t, {
      serviceDir,
      functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { filterPatterns })] } },
    })
    await untilCommitted(topic, [6])
    assert.deepEqual(seen<number[]>(seenFile).flat(), [0, 2, 4, 5])
    const { PolledEventCount, FilteredOutEventCount, InvokedEventCount, CommittedEventCount } =
      mapping.counters
    assert.deepEqual(
      [PolledEventCount, FilteredOutEventCount, InvokedEventCount, CommittedEventCount],
      [6, 2, 4, 6],
    )
  },
)

test('does not apply a text pattern to JSON or to bytes that are not UTF-8', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['wanted', 'unwanted', '{"json":1}'])
  await kcat(['-P', '-b', topic.brokers, '-t', topic.topic], notUtf8)
  const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map((record) => record.offset))')
  await startService(t, {
    serviceDir,
    functions: {
      fn: {
        handler: 'fn.handler',
        events: [kafkaEvent(topic, { filterPatterns: [{ value: ['wanted'] }] })],
      },
    },
  })
  await untilCommitted(topic, [4])
  assert.deepEqual(seen<number[]>(seenFile).flat(), [0, 2, 3])
})

test('commits without an invocation when every record is filtered out', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['error', 'error', 'error'])
  const { serviceDir, seenFile } = recordingService('see(1)')
  const filterPatterns = [{ value: [{ 'anything-but': ['error'] }] }]
  const { mapping } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { filterPatterns })] } },
  })
  await untilCommitted(topic, [3])
  assert.deepEqual(seen(seenFile), [])
  assert.equal(mapping.counters.InvokedEventCount, 0)
  await produce(topic, ['fine'])
  await untilCommitted(topic, [4])
  assert.deepEqual(seen(seenFile), [1])
})
