import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { Admin } from '../../../kafka/admin.ts'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { errorCodes } from '../../../kafka/protocol/errors.ts'
import { type RequestHandler, ScriptedBroker } from './scripted-broker.ts'

const topic = { name: 't', partitions: 1, replicationFactor: 1, configs: {} }

async function adminOf(t: TestContext, ...changes: readonly RequestHandler[]) {
  const handlers = [...changes]
  const change: RequestHandler = (request, response) => handlers.shift()!(request, response)
  const broker = await ScriptedBroker.start({
    handlers: { CreateTopics: change, DeleteTopics: change, DeleteGroups: change },
  })
  const admin = new Admin(new Cluster({ brokers: [broker.address] }))
  t.after(() => admin.close())
  return { admin, broker }
}

function respondsWith(code: number): RequestHandler {
  return (_request, response) =>
    response.int32(0).array(['t'], (name) => response.string(name).int16(code).string(null))
}

/** Makes the change. The response is lost. */
const lost: RequestHandler = ({ socket }) => {
  socket.destroy()
  return 'no response'
}
const exists = respondsWith(errorCodes.TOPIC_ALREADY_EXISTS)

it('reports a topic as created if the response was lost and the retry finds it', async (t) => {
  const { admin, broker } = await adminOf(t, lost, exists)
  assert.equal(await admin.createTopic(topic), true)
  assert.equal(broker.requestsOf('CreateTopics').length, 2)
})

it('reports a topic as not created if it existed before the response was lost', async (t) => {
  const { admin, broker } = await adminOf(t, lost, exists)
  broker.topics.push({ name: 't' })
  assert.equal(await admin.createTopic(topic), false)
})

it('reports a topic as not created if another client created it before a retry', async (t) => {
  const { admin } = await adminOf(t, respondsWith(errorCodes.NOT_CONTROLLER), exists)
  assert.equal(await admin.createTopic(topic), false)
})

function deleted(code: number): RequestHandler {
  return (_request, response) => response.int32(0).array(['t'], (name) => response.string(name).int16(code))
}

it('deletes a topic if the response was lost and the retry does not find it', async (t) => {
  const { admin, broker } = await adminOf(t, lost, deleted(errorCodes.UNKNOWN_TOPIC_OR_PARTITION))
  await admin.deleteTopic('t')
  assert.equal(broker.requestsOf('DeleteTopics').length, 2)
})

it('does not delete a missing topic', async (t) => {
  const { admin } = await adminOf(t, deleted(errorCodes.UNKNOWN_TOPIC_OR_PARTITION))
  await assert.rejects(admin.deleteTopic('t'), { code: 'TOPIC_MISSING' })
})

it('deletes a group if the response was lost and the retry does not find it', async (t) => {
  const { admin, broker } = await adminOf(t, lost, deleted(errorCodes.GROUP_ID_NOT_FOUND))
  await admin.deleteGroup('g')
  assert.equal(broker.requestsOf('DeleteGroups').length, 2)
})
