import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openCluster } from '../../../../books/cluster.ts'
import { type Config, readConfig } from '../../../../books/config.ts'
import { respond } from '../../../../functions/topics/custom-resource.ts'
import { topicsResource } from '../../../../functions/topics/topics-resource.ts'
import { Admin } from '../../../../kafka/admin.ts'
import { silentLog } from '../../../../lib/log.ts'
import { startKafka } from '../../../harness/kafka.ts'
import { uniqueUserid } from '../../../harness/names.ts'
import { type Stack, startStack } from '../../../harness/stack.ts'

const { brokers } = await startKafka()
const admin = new Admin(openCluster({ brokers: [brokers] }))
after(() => admin.close())

function configOf(userid: string, partitions: number): Config {
  return readConfig({ USERID: userid, BROKERS: brokers, PARTITIONS: String(partitions) })
}

async function send(
  stack: Stack,
  type: 'Create' | 'Update' | 'Delete',
  config: Config,
  properties?: Parameters<Stack['request']>[2],
  by = admin,
) {
  const request = stack.request(type, stack.responses.at(-1)?.body.PhysicalResourceId, properties)
  await respond(request, silentLog, () => topicsResource(request, config, by))
  return stack.responses.at(-1)!.body
}

test('a deploy creates the topics, the next deploy finds them, and a removal keeps them', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  const config = configOf(uniqueUserid(), 3)
  const all = Object.values(config.topics).sort()

  const created = await send(stack, 'Create', config)
  assert.equal(created.Status, 'SUCCESS')
  assert.deepEqual(String(created.Data?.created).split(', ').sort(), all)
  const ids = await Promise.all(all.map(async (name) => (await admin.describeTopic(name)).id))

  const found = await send(stack, 'Update', config)
  assert.deepEqual(String(found.Data?.found).split(', ').sort(), all)
  assert.equal(found.PhysicalResourceId, created.PhysicalResourceId)

  assert.equal((await send(stack, 'Delete', config)).Status, 'SUCCESS')
  const idsAfter = await Promise.all(all.map(async (name) => (await admin.describeTopic(name)).id))
  assert.deepEqual(idsAfter, ids)
})

test('another number of partitions is rejected with its reason', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  const userid = uniqueUserid()
  await send(stack, 'Create', configOf(userid, 2))
  const refused = await send(stack, 'Update', configOf(userid, 4))
  assert.equal(refused.Status, 'FAILED')
  assert.match(refused.Reason!, /books has 2 partitions, not 4.*partitions of existing topics cannot change/)
  assert.equal(refused.PhysicalResourceId, `${userid}.topics`)
  assert.equal((await admin.describeTopic(`${userid}.books`)).partitions.length, 2)
})

test('an unreachable cluster fails the deploy with its reason, but not its rollback', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  const config = readConfig({ USERID: uniqueUserid(), BROKERS: '127.0.0.1:1' })
  const unreachable = new Admin(openCluster(config), 1_000)
  t.after(() => unreachable.close())
  const before = { DeployedAt: '2026-01-01T10:00:00.000Z' }
  const now = { DeployedAt: '2026-01-01T11:00:00.000Z' }
  const deploy = { ResourceProperties: now, OldResourceProperties: before }
  const failed = await send(stack, 'Update', config, deploy, unreachable)
  assert.equal(failed.Status, 'FAILED')
  assert.match(failed.Reason!, /^KAFKA_UNAVAILABLE: /)

  const rollback = { ResourceProperties: before, OldResourceProperties: now }
  assert.equal((await send(stack, 'Update', config, rollback, unreachable)).Status, 'SUCCESS')
})
