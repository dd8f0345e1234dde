import { fileURLToPath } from 'node:url'
import { kafkaClassPath } from '../programs/jars.ts'

/** The main class by name of the script in Kafka 4.3's `bin` folder, without `kafka-` and `.sh`. */
export const apacheTools = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  'console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  groups: 'org.apache.kafka.tools.GroupsCommand',
  configs: 'kafka.admin.ConfigCommand',
  'get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
  acls: 'org.apache.kafka.tools.AclCommand',
  features: 'org.apache.kafka.tools.FeatureCommand',
  'reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'dump-log': 'org.apache.kafka.tools.DumpLogSegments',
} as const

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
  return [...java, '-cp', kafkaClassPath(), apacheTools[name], ...args]
}
