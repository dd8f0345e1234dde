import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  adjustedConfigs,
  configsAfterRejection,
  deviationText,
  rulesOf,
  topicRules,
} from '../../../books/topic-rules.ts'
import { topicConfigs, topicsOf } from '../../../books/topics.ts'

const topics = topicsOf('me')
const wanted = topicConfigs(topics, {
  minInsyncReplicas: 2,
  minCompactionLagMs: 604_800_000,
})
const state = wanted.get(topics.bookCountState)!

const providerOf = (...brokers: readonly string[]) => rulesOf(brokers)?.provider

describe('rules of a provider', () => {
  it('apply to the host names of its brokers', () => {
    assert.equal(
      providerOf('boot-abc12.c1.kafka-serverless.eu-central-1.amazonaws.com:9098'),
      'Amazon MSK Serverless',
    )
    assert.equal(providerOf('pkc-abc12.eu-central-1.aws.confluent.cloud:9092'), 'Confluent Cloud')
    assert.equal(providerOf('seed-1.abc.fmc.prd.cloud.redpanda.com:9092'), 'Redpanda')
    assert.equal(providerOf('kafka-team.a.aivencloud.com:12345'), 'Aiven')
  })

  it('do not apply to any other cluster', () => {
    for (const broker of ['127.0.0.1:9092', 'kafka.confluent.cloud.example.org:9092']) {
      assert.equal(providerOf(broker), undefined)
    }
  })

  it('name a page with a valid URL', () => {
    for (const { page } of topicRules) assert.ok(URL.canParse(page))
  })

  it('keep the retention and compaction of the topics', () => {
    for (const rules of topicRules) {
      for (const [topic, configs] of wanted) {
        const best = adjustedConfigs(topic, configs, rules).configs
        for (const setting of ['cleanup.policy', 'retention.ms', 'retention.bytes']) {
          assert.equal(best[setting], configs[setting], `${rules.provider}: ${setting}`)
        }
      }
    }
  })
})

describe('adjustedConfigs', () => {
  const bestOf = (provider: string) =>
    adjustedConfigs(
      topics.bookCountState,
      state,
      topicRules.find((rules) => rules.provider === provider),
    )

  it('returns the wanted settings for any other cluster', () => {
    assert.deepEqual(adjustedConfigs(topics.bookCountState, state, undefined), {
      configs: state,
      deviations: [],
    })
  })

  it('omits settings that cannot be set, and reports them', () => {
    const { configs, deviations } = bestOf('Amazon MSK Serverless')
    assert.deepEqual(configs, { 'cleanup.policy': 'compact' })
    assert.deepEqual(
      deviations.map(({ setting, applied }) => [setting, applied]),
      [
        ['min.insync.replicas', undefined],
        ['segment.bytes', undefined],
        ['segment.ms', undefined],
        ['min.cleanable.dirty.ratio', undefined],
        ['max.compaction.lag.ms', undefined],
      ],
    )
  })

  it('raises settings to the minimum of the provider', () => {
    assert.deepEqual(bestOf('Amazon MSK Express').configs, {
      'cleanup.policy': 'compact',
      'max.compaction.lag.ms': '604800000',
    })
    assert.equal(bestOf('Confluent Cloud').configs['segment.bytes'], '52428800')
  })

  it('explains the effect of a deviation', () => {
    const [, segments] = bestOf('Confluent Cloud').deviations.toReversed()
    assert.equal(
      deviationText(segments!),
      'me.book-count-state has 52428800 for segment.bytes, not 1048576: a new container of count reads more of the state topic',
    )
  })
})

describe('configsAfterRejection', () => {
  const after = (message: string, configs = state) =>
    configsAfterRejection(topics.bookCountState, configs, message)

  it('applies the minimum that the error names', () => {
    const message =
      "Config property 'segment.ms' with value '600000' is lower than the minimum allowed value of 14400000."
    assert.deepEqual(after(message), {
      configs: { ...state, 'segment.ms': '14400000' },
      deviations: [
        { topic: topics.bookCountState, setting: 'segment.ms', wanted: '600000', applied: '14400000' },
      ],
    })
  })

  it('omits the setting that the error names', () => {
    const configs = after("Topic config 'min.cleanable.dirty.ratio' is not configurable")?.configs
    assert.deepEqual(
      Object.keys(state).filter((name) => !(name in configs!)),
      ['min.cleanable.dirty.ratio'],
    )
  })

  it('does not match a name at the end of a longer one', () => {
    const configs = { 'segment.ms': '1', 'delete.segment.ms': '2' }
    assert.equal(after('delete.segment.ms cannot be set.', configs), undefined)
    assert.deepEqual(after('segment.ms cannot be set.', configs)?.configs, { 'delete.segment.ms': '2' })
  })

  it('applies the rules of known providers, the least strict first, when the error names no setting', () => {
    const first = after('Request parameters do not satisfy the configured policy.')!.configs
    assert.deepEqual(first, { 'cleanup.policy': 'compact', 'max.compaction.lag.ms': '604800000' })
    const second = after('Request parameters do not satisfy the configured policy.', { ...first })!.configs
    assert.deepEqual(second, { 'cleanup.policy': 'compact' })
    assert.equal(after('Request parameters do not satisfy the configured policy.', { ...second }), undefined)
  })

  it('returns undefined when a required setting is rejected, or for another error', () => {
    assert.equal(after("Topic config 'cleanup.policy' is not configurable"), undefined)
    assert.equal(after('Topic replication factor must be 3'), undefined)
  })
})
