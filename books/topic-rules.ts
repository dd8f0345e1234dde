/** The topic settings that each provider accepts, and the closest accepted ones. */
export type TopicRules = {
  readonly provider: string
  readonly page: string
  /** Matches brokers' host names, if they identify the provider. */
  readonly hosts?: RegExp
  /** Settings that can be set; all when undefined. */
  readonly settable?: readonly string[]
  /** The provider rejects lower values. */
  readonly minimums?: Readonly<Record<string, number>>
  /** Accepted but not applied. */
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

/** Its host names look like those of other MSK clusters. */
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

/** Only error messages contain the minimums of `segment.ms` and `max.compaction.lag.ms`. */
const confluentCloud: TopicRules = {
  provider: 'Confluent Cloud',
  page: 'https://docs.confluent.io/cloud/current/topics/manage.html',
  hosts: /\.confluent\.cloud$/,
  minimums: { 'segment.bytes': 52_428_800 },
  ignored: ['min.cleanable.dirty.ratio'],
}

/** Here a majority of the replicas acknowledges each write. */
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

export function rulesOf(brokers: readonly string[]): TopicRules | undefined {
  const [first = ''] = brokers
  const host = first.slice(0, first.lastIndexOf(':'))
  return topicRules.find(({ hosts }) => hosts?.test(host))
}

export type TopicConfigs = Readonly<Record<string, string>>

/** `applied` is undefined when the cluster's default applies. */
export type ConfigDeviation = {
  readonly topic: string
  readonly setting: string
  readonly wanted: string
  readonly applied: string | undefined
}

export type AdjustedConfigs = {
  readonly configs: TopicConfigs
  readonly deviations: readonly ConfigDeviation[]
}

export function adjustedConfigs(
  topic: string,
  wanted: TopicConfigs,
  rules: TopicRules | undefined,
): AdjustedConfigs {
  const configs: Record<string, string> = {}
  const deviations: ConfigDeviation[] = []
  for (const [setting, value] of Object.entries(wanted)) {
    const applied = rules === undefined ? value : appliedValue(setting, value, rules)
    if (applied !== undefined) configs[setting] = applied
    if (applied !== value) deviations.push({ topic, setting, wanted: value, applied })
  }
  return { configs, deviations }
}

function appliedValue(
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
 * Omits the setting that the message names, or applies the minimum that it contains. If it names none, tries the rules
 * of known providers, least strict first. @returns undefined when nothing can be omitted
 */
export function configsAfterRejection(
  topic: string,
  configs: TopicConfigs,
  message: string,
): AdjustedConfigs | undefined {
  const named = Object.keys(configs).find((setting) => names(message, setting))
  if (named !== undefined)
    return Object.hasOwn(costs, named) ? withoutRefused(topic, configs, named, message) : undefined
  if (/replication.?factor|partitions/i.test(message)) return undefined
  return [mskExpress, mskServerless]
    .map((rules) => adjustedConfigs(topic, configs, rules))
    .find(({ deviations }) => deviations.length > 0)
}

function withoutRefused(
  topic: string,
  configs: TopicConfigs,
  setting: string,
  message: string,
): AdjustedConfigs {
  const { [setting]: wanted = '', ...others } = configs
  const minimum = /minimum\D*?(\d+)/i.exec(message)?.[1]
  const applied = Number(wanted) < Number(minimum) ? minimum : undefined
  return {
    configs: applied === undefined ? others : { ...configs, [setting]: applied },
    deviations: [{ topic, setting, wanted, applied }],
  }
}

/** Matches whole names only. */
function names(message: string, setting: string): boolean {
  return new RegExp(`(?<![\\w.])${setting.replaceAll('.', '\\.')}(?!\\w|\\.\\w)`).test(message)
}

const longerRestore = 'a new container of count reads more of the state topic'

/** The effect of omitting each optional setting (docs/guarantees.md). */
const costs: Readonly<Record<string, string>> = {
  'segment.bytes': longerRestore,
  'segment.ms': longerRestore,
  'max.compaction.lag.ms': longerRestore,
  'min.cleanable.dirty.ratio': longerRestore,
  'min.compaction.lag.ms': 'updates before the last one of a book may be compacted at any time',
  'min.insync.replicas': 'the cluster decides how many replicas have an acknowledged record',
}

/** Returns a sentence without a full stop. */
export function deviationText({ topic, setting, wanted, applied }: ConfigDeviation): string {
  const instead = applied === undefined ? "the cluster's own value" : applied
  const cost = costs[setting]
  return `${topic} has ${instead} for ${setting}, not ${wanted}${cost === undefined ? '' : `: ${cost}`}`
}
