import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionError } from '../../../../../kafka/cluster/connection-error.ts'
import { errorCodes, ProtocolError } from '../../../../../kafka/protocol/errors.ts'
import { problemMessage } from '../../../../../local/kafka-event-source/mapping/problem-message.ts'

const context = { groupId: 'group', brokers: ['127.0.0.1:9092', 'localhost:9093'] }

function notConnected(address: string, code: string) {
  const cause = Object.assign(new Error(code), { code })
  return new ConnectionError(`the broker at ${address} cannot be reached`, 'why', {
    wasSent: false,
    cause,
    address,
  })
}

test('names an advertised listener that cannot be resolved', () => {
  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
    assert.match(
      problemMessage(notConnected('kafka:9092', code), context),
      /^the advertised listener kafka:9092 of the cluster at 127\.0\.0\.1:9092,localhost:9093 cannot be resolved\. Set advertised\.listeners .*\. Retrying\.$/,
    )
  }
})

test('names an advertised listener that refuses connections', () => {
  assert.match(
    problemMessage(notConnected('localhost:29092', 'ECONNREFUSED'), context),
    /^the advertised listener localhost:29092 of the cluster at .* refuses connections\. Set advertised\.listeners .* publish that port/,
  )
})

test('does not call a bootstrap server an advertised listener', () => {
  assert.equal(
    problemMessage(notConnected('localhost:9093', 'ECONNREFUSED'), context),
    'the broker at localhost:9093 cannot be reached: why. Retrying.',
  )
})

test('names the assignors of a group with an inconsistent protocol', () => {
  assert.match(
    problemMessage(new ProtocolError(errorCodes.INCONSISTENT_GROUP_PROTOCOL), context),
    /^the group group has members .* Add range .* custom\.kafkaEventSource\.consumerGroupIds\. Retrying\.$/,
  )
})

test('ends the sentence of a broker once', () => {
  const error = new ProtocolError(errorCodes.COORDINATOR_NOT_AVAILABLE, undefined, 'It is not available.')
  const wanted = 'the broker responded COORDINATOR_NOT_AVAILABLE: It is not available. Retrying.'
  assert.equal(problemMessage(error, context), wanted)
})

test('ends any other problem with its advice and a retry', () => {
  assert.equal(problemMessage(new Error('no'), context), 'no. Retrying.')
})
