import { fileURLToPath } from 'node:url'
import { kafkaClassPath } from '../programs/jars.ts'

export type ApacheTool = {
  readonly mainClass: string
  /** Undefined if the tool does not connect to a cluster. */
  readonly brokersOption: '--bootstrap-server' | undefined
}

function tool(
  mainClass: string,
  brokersOption: ApacheTool['brokersOption'] = '--bootstrap-server',
): ApacheTool {
  return { mainClass, brokersOption }
}

/** Names of scripts in Kafka 4.3's `bin` folder, without `kafka-` and `.sh`. */
export const apacheTools = {
  topics: tool('org.apache.kafka.tools.TopicCommand'),
  'console-producer': tool('org.apache.kafka.tools.ConsoleProducer'),
  'console-consumer': tool('org.apache.kafka.tools.consumer.ConsoleConsumer'),
  'consumer-groups': tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'),
  groups: tool('org.apache.kafka.tools.GroupsCommand'),
  configs: tool('kafka.admin.ConfigCommand'),
  'get-offsets': tool('org.apache.kafka.tools.GetOffsetShell'),
  'delete-records': tool('org.apache.kafka.tools.DeleteRecordsCommand'),
  'log-dirs': tool('org.apache.kafka.tools.LogDirsCommand'),
  'broker-api-versions': tool('org.apache.kafka.tools.BrokerApiVersionsCommand'),
  'metadata-quorum': tool('org.apache.kafka.tools.MetadataQuorumCommand'),
  transactions: tool('org.apache.kafka.tools.TransactionsCommand'),
  acls: tool('org.apache.kafka.tools.AclCommand'),
  features: tool('org.apache.kafka.tools.FeatureCommand'),
  'reassign-partitions': tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand'),
  'leader-election': tool('org.apache.kafka.tools.LeaderElectionCommand'),
  'producer-perf-test': tool('org.apache.kafka.tools.ProducerPerformance'),
  'consumer-perf-test': tool('org.apache.kafka.tools.ConsumerPerformance'),
  'dump-log': tool('org.apache.kafka.tools.DumpLogSegments', undefined),
} as const satisfies Readonly<Record<string, ApacheTool>>

export type ApacheToolName = keyof typeof apacheTools

/** Accepts `kafka-topics.sh`, `kafka-topics` or `topics`. */
export function apacheToolNamed(name: string): ApacheToolName | undefined {
  const short = name.replace(/^kafka-/, '').replace(/\.sh$/, '')
  return Object.hasOwn(apacheTools, short) ? (short as ApacheToolName) : undefined
}

/** This configuration logs warnings to standard error, as Apache's scripts do. */
const logging = fileURLToPath(new URL('tools-log4j2.properties', import.meta.url))

export function apacheToolArguments(name: ApacheToolName, args: readonly string[]): readonly string[] {
  const java = ['-Xmx256m', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${logging}`]
  return [...java, '-cp', kafkaClassPath(), apacheTools[name].mainClass, ...args]
}
