/** A real broker that rejects topics as a provider of Kafka does. */
import type { TopicRules } from '../../books/topic-rules.ts'
import type { Broker } from '../../local/kafka/broker.ts'
import type { Properties } from '../../local/programs/properties-text.ts'
import { brokerPlugins } from './broker-plugins.ts'
import { startOwnKafka } from './kafka.ts'

export type TopicPolicy = Pick<TopicRules, 'settable' | 'minimums'>

/** `silent`: its rejections do not name a setting. */
export type TopicPolicyOptions = { readonly silent?: boolean }

export async function startKafkaOfProvider(
  policy: TopicPolicy,
  options: TopicPolicyOptions = {},
): Promise<Broker> {
  return startOwnKafka({ pluginPath: await brokerPlugins(), properties: policyProperties(policy, options) })
}

/** Broker settings that apply a policy. The broker needs `brokerPlugins` on its class path. */
export function policyProperties(
  { settable, minimums }: TopicPolicy,
  { silent = false }: TopicPolicyOptions = {},
): Properties {
  return {
    'create.topic.policy.class.name': 'ProviderPolicy',
    'test.policy.silent': silent,
    ...(settable && { 'test.policy.settable': settable.join(',') }),
    ...(Object.keys(minimums ?? {}).length > 0 && {
      'test.policy.minimums': Object.entries(minimums ?? {})
        .map(([name, minimum]) => `${name}=${minimum}`)
        .join(','),
    }),
  }
}
