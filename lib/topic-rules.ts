/**
 * Which topic settings the providers of Kafka accept, as data with the page of each, and the best settings that a
 * provider accepts instead of the wanted ones. Pure.
 */
export type TopicRules = {
  readonly provider: string
  readonly page: string
  /** Of the brokers' host names. Undefined where those do not show the provider. */
  readonly hosts?: RegExp
  /** The provider rejects every other setting. Undefined: it accepts all that Kafka has. */
  readonly settable?: readonly string[]
  /** The provider rejects lower values. */
  readonly minimums?: Readonly<Record<string, number>>
  /** The provider accepts these settings and does not apply them. */
  readonly ignored?: readonly string[]
}

const day = 24 * 3_600_000

const mskServerless: TopicRules = {
  provider: 'Amazon MSK Serverless',
  page: 'https://docs.aws.amazon.com/msk/latest/developerguide/serverless-config.html',
  hosts: /\.kafka-serverless\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/,
  settable: [
    'cleanup.policy',
    'compression.type',
    'max.message.bytes',
    'message.timestamp.difference.max.ms',
    'message.timestamp.type',
    'retention.bytes',
    'retention.ms',
  ],
}

/** Compaction starts when a partition has 256 MB. Brokers have the host names of any other MSK cluster. */
const mskExpress: TopicRules = {
  provider: 'Amazon MSK Express',
  page: 'https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html',
  settable: [
    'cleanup.policy',
    'compression.type',
    'delete.retention.ms',
    'max.compaction.lag.ms',
    'max.message.bytes',
    'message.timestamp.after.max.ms',
    'message.timestamp.before.max.ms',
    'message.timestamp.type',
    'min.compaction.lag.ms',
    'retention.bytes',
    'retention.ms',
  ],
  minimums: { 'max.compaction.lag.ms': 7 * day },
}

/** Minimums of `segment.ms` and `max.compaction.lag.ms` depend on the type of the cluster; a refusal names them. */
const confluentCloud: TopicRules = {
  provider: 'Confluent Cloud',
  page: 'https://docs.confluent.io/cloud/current/topics/manage.html',
  hosts: /\.confluent\.cloud$/,
  minimums: { 'segment.bytes': 52_428_800 },
  ignored: ['min.cleanable.dirty.ratio'],
}

/** An acknowledgement is always one of a majority of the replicas. */
const redpanda: TopicRules = {
  provider: 'Redpanda',
  page: 'https://docs.redpanda.com/streaming/current/reference/properties/topic-properties/',
  hosts: /\.redpanda\.com$/,
  ignored: ['min.insync.replicas'],
}

const aiven: TopicRules = {
  provider: 'Aiven',
  page: 'https://aiven.io/docs/products/kafka/reference/advanced-params',
  hosts: /\.aivencloud\.com$/,
}

export const topicRules: readonly TopicRules[] = [mskServerless, mskExpress, confluentCloud, redpanda, aiven]

/** Of the provider whose brokers these are; undefined for any other cluster. @param brokers `host:port` */
export function rulesOf(brokers: readonly string[]): TopicRules | undefined {
  const [first = ''] = brokers
  const host = first.slice(0, first.lastIndexOf(':'))
  return topicRules.find(({ hosts }) => hosts?.test(host))
}

export type TopicConfigs = Readonly<Record<string, string>>

/** A wanted setting that a cluster does not apply. `given`: what it has instead, its own default if undefined. */
export type Compromise = {
  readonly topic: string
  readonly setting: string
  readonly wanted: string
  readonly given: string | undefined
}

export type Compromised = { readonly configs: TopicConfigs; readonly compromises: readonly Compromise[] }

/** The settings nearest to the wanted ones that the provider accepts. */
export function bestConfigs(topic: string, wanted: TopicConfigs, rules: TopicRules | undefined): Compromised {
  const configs: Record<string, string> = {}
  const compromises: Compromise[] = []
  for (const [setting, value] of Object.entries(wanted)) {
    const given = rules === undefined ? value : givenFor(setting, value, rules)
    if (given !== undefined) configs[setting] = given
    if (given !== value) compromises.push({ topic, setting, wanted: value, given })
  }
  return { configs, compromises }
}

function givenFor(
  setting: string,
  value: string,
  { settable, minimums, ignored }: TopicRules,
): string | undefined {
  if (ignored?.includes(setting)) return undefined
  if (settable !== undefined && !settable.includes(setting)) return undefined
  const minimum = minimums?.[setting]
  return minimum !== undefined && Number(value) < minimum ? String(minimum) : value
}

/**
 * The settings to try next after a cluster rejected `configs` with this message: without the setting that it names, or
 * with the minimum that it names. A message that names no setting is answered with what the known providers accept, the
 * least strict first.
 * @returns undefined when the topic cannot be created without what the cluster rejects
 */
export function configsAfterRefusal(
  topic: string,
  configs: TopicConfigs,
  message: string,
): Compromised | undefined {
  const named = Object.keys(configs).find((setting) => names(message, setting))
  if (named !== undefined)
    return Object.hasOwn(costs, named) ? withoutRefused(topic, configs, named, message) : undefined
  if (/replication.?factor|partitions/i.test(message)) return undefined
  for (const rules of [mskExpress, mskServerless]) {
    const best = bestConfigs(topic, configs, rules)
    if (best.compromises.length > 0) return best
  }
  return undefined
}

function withoutRefused(topic: string, configs: TopicConfigs, setting: string, message: string): Compromised {
  const { [setting]: wanted = '', ...others } = configs
  const minimum = /minimum\D*?(\d+)/i.exec(message)?.[1]
  if (minimum !== undefined && Number(wanted) < Number(minimum)) {
    return {
      configs: { ...configs, [setting]: minimum },
      compromises: [{ topic, setting, wanted, given: minimum }],
    }
  }
  return { configs: others, compromises: [{ topic, setting, wanted, given: undefined }] }
}

/** Whether a message has the name of a setting, not as a part of a longer one. */
function names(message: string, setting: string): boolean {
  return new RegExp(`(?<![\\w.])${setting.replaceAll('.', '\\.')}(?!\\w|\\.\\w)`).test(message)
}

const longerRestore = 'a new container of count reads more of the state topic'

/**
 * The settings that can be left out, and what that costs (`docs/guarantees.md` explains each). Without any other one, lines
 * or counts would be deleted.
 */
const costs: Readonly<Record<string, string>> = {
  'segment.bytes': longerRestore,
  'segment.ms': longerRestore,
  'max.compaction.lag.ms': longerRestore,
  'min.cleanable.dirty.ratio': longerRestore,
  'min.compaction.lag.ms': 'updates before the last one of a book may be compacted at any time',
  'min.insync.replicas': 'the cluster decides how many replicas have an acknowledged record',
}

/** One sentence without its full stop. */
export function explained({ topic, setting, wanted, given }: Compromise): string {
  const instead = given === undefined ? "the cluster's own value" : given
  const cost = costs[setting]
  return `${topic} has ${instead} for ${setting}, not ${wanted}${cost === undefined ? '' : `: ${cost}`}`
}
