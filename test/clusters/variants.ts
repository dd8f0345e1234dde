/** The rows and columns of the matrix. */
import { type TopicRules, topicRules } from '../../books/topic-rules.ts'
import { type NewestVersions, redpandaVersions } from '../harness/version-proxy.ts'
import { currentKafka } from './older-kafka.ts'

export type Variant = {
  /** The value of `--clusters`. */
  readonly name: string
  readonly title: string
  readonly kafka: string
  /** Apache Kafka before 3.3 has no KRaft for production. */
  readonly zooKeeper?: boolean
  /** A proxy limits the versions of requests to these. */
  readonly newest?: NewestVersions
  /** The broker rejects other topic settings with POLICY_VIOLATION. */
  readonly policy?: Pick<TopicRules, 'settable' | 'minimums'>
}

const hour = 3_600_000

/** Confluent's page does not list these minimums; only its brokers' error messages have them. */
const confluentCloud = {
  'segment.ms': 4 * hour,
  'max.compaction.lag.ms': 7 * 24 * hour,
}

export const variants: readonly Variant[] = [
  { name: '2.8', title: 'Apache Kafka 2.8', kafka: '2.8.2', zooKeeper: true },
  { name: '3.9', title: 'Apache Kafka 3.9', kafka: '3.9.1' },
  { name: '4.0', title: 'Apache Kafka 4.0', kafka: '4.0.2' },
  { name: '4.3', title: 'Apache Kafka 4.3', kafka: currentKafka },
  { name: 'redpanda', title: "Redpanda's API versions", kafka: currentKafka, newest: redpandaVersions },
  {
    name: 'msk-serverless',
    title: "MSK Serverless' topic policy",
    kafka: currentKafka,
    policy: rulesNamed('Amazon MSK Serverless'),
  },
  {
    name: 'confluent',
    title: "Confluent Cloud's topic policy",
    kafka: currentKafka,
    policy: { minimums: { ...rulesNamed('Confluent Cloud').minimums, ...confluentCloud } },
  },
]

export const accessKinds = ['plaintext', 'scram', 'plain', 'mtls', 'oauthbearer'] as const

export type AccessKind = (typeof accessKinds)[number]

export const accessTitles: Readonly<Record<AccessKind, string>> = {
  plaintext: 'plaintext',
  scram: 'SCRAM over TLS',
  plain: 'PLAIN over TLS',
  mtls: 'mutual TLS',
  oauthbearer: 'OAUTHBEARER',
}

function rulesNamed(name: string): TopicRules {
  return topicRules.find(({ provider }) => provider === name)!
}
