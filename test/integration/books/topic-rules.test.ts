/** Topics on a real broker with the policy of each provider that has one. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { type Config, readConfig } from '../../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { topicRules } from '../../../books/topic-rules.ts'
import { Admin } from '../../../kafka/admin.ts'
import { withoutJavac } from '../../harness/broker-plugins.ts'
import { uniqueUserid } from '../../harness/names.ts'
import { startKafkaOfProvider } from '../../harness/topic-policy.ts'

const closing: Admin[] = []
after(() => {
  for (const admin of closing) admin.close()
})

function adminOf(brokers: string): { readonly admin: Admin; readonly config: Config } {
  const admin = new Admin(openCluster({ brokers: [brokers] }))
  closing.push(admin)
  return { admin, config: readConfig({ USERID: uniqueUserid(), BROKERS: brokers, PARTITIONS: '1' }) }
}

for (const [provider, given] of [
  ['Amazon MSK Serverless', {}],
  ['Amazon MSK Express', { 'max.compaction.lag.ms': '604800000' }],
  [
    'Confluent Cloud',
    { 'segment.bytes': '52428800', 'segment.ms': '14400000', 'max.compaction.lag.ms': '604800000' },
  ],
] as const) {
  test(`creates the topics under the policy of ${provider}`, { skip: withoutJavac }, async () => {
    const rules = topicRules.find((each) => each.provider === provider)!
    // Confluent Cloud names these minimums only in its rejections.
    const named =
      provider === 'Confluent Cloud' ? { 'segment.ms': 14_400_000, 'max.compaction.lag.ms': 604_800_000 } : {}
    const broker = await startKafkaOfProvider({ ...rules, minimums: { ...rules.minimums, ...named } })
    const { admin, config } = adminOf(broker.brokers)
    const ensured = await ensureTopics(admin, wantedTopics(config))
    assert.ok(ensured.every(({ created }) => created))
    const raised = ensured.flatMap(({ deviations }) =>
      deviations.flatMap(({ setting, applied }) => (applied === undefined ? [] : [[setting, applied]])),
    )
    assert.deepEqual(Object.fromEntries(raised), given)
    assert.equal(
      ensured[0]?.deviations.some(({ setting }) => setting === 'retention.ms'),
      false,
    )
    await broker.stop()
  })
}

test('creates the topics when a rejection names no setting', { skip: withoutJavac }, async () => {
  const rules = topicRules.find(({ provider }) => provider === 'Amazon MSK Serverless')!
  const broker = await startKafkaOfProvider(rules, { silent: true })
  const { admin, config } = adminOf(broker.brokers)
  const ensured = await ensureTopics(admin, wantedTopics(config))
  assert.ok(ensured.every(({ created }) => created))
  await broker.stop()
})

test('leaves no topic behind when a cluster rejects a setting that the topics require', {
  skip: withoutJavac,
}, async () => {
  const broker = await startKafkaOfProvider({ settable: ['cleanup.policy'] })
  const { admin, config } = adminOf(broker.brokers)
  await assert.rejects(ensureTopics(admin, wantedTopics(config)), {
    code: 'CONFIG_INVALID',
    message: /retention\.(ms|bytes)/,
  })
  assert.deepEqual(await admin.listTopics(), [])
  await broker.stop()
})
