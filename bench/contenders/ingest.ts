import { consoleProducer, kafkaTool, lineProducer, tunedProducer } from '../peers/java.ts'
import { pythonPeer, tunedLibrdkafka } from '../peers/python.ts'
import { nodeProgram, redirected } from '../setup/command.ts'
import { alsoTuned, type Contender, type Turn } from '../setup/contender.ts'
import { allLinesFile, keyedLinesFile } from '../setup/corpus.ts'
import { functionEnvironment } from './function-environment.ts'

export const ingestContenders: readonly Contender[] = [
  ours('ingest', 'ingest, from the bucket, one container', 1),
  ours('ingest-2', 'ingest, from the bucket, two containers', 2),
  ...alsoTuned(
    peer('java-producer', "Java's producer, same keys and headers, from disk"),
    { title: `the same, tuned: ${tunedProducer.join(', ')}`, settings: tunedProducer },
    lineProducer,
  ),
  {
    ...peer('producer-perf', "Apache's kafka-producer-perf-test, no key, no header"),
    expects: 'records',
    command: ({ config, corpus }) =>
      kafkaTool(
        'org.apache.kafka.tools.ProducerPerformance',
        ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
        ...['--num-records', String(corpus.lines), '--throughput', '-1'],
        ...['--payload-file', allLinesFile(corpus), '--command-property', 'acks=all'],
      ),
  },
  {
    ...peer('console-producer', "Apache's console producer, no key, no header"),
    expects: 'records',
    command: ({ config, corpus }) =>
      redirected(consoleProducer(config.brokers.join(), config.topics.books), '<', allLinesFile(corpus)),
  },
  {
    ...peer('kcat', 'kcat, same keys, no header'),
    command: ({ config, corpus }) => ({
      command: 'kcat',
      args: [
        ...['-P', '-b', config.brokers.join(), '-t', config.topics.books, '-K', '\t', '-l'],
        ...['-X', 'topic.partitioner=murmur2_random', '-X', 'enable.idempotence=true'],
        keyedLinesFile(corpus),
      ],
    }),
  },
  {
    ...peer('kafka-javascript', '@confluentinc/kafka-javascript, same keys and headers, from disk'),
    slow: true,
    command: (turn) => nodeProgram('peers/node/ingest-kafka-javascript.ts', ...topicAndManifest(turn)),
  },
  ...alsoTuned(
    peer('confluent-python', 'confluent-kafka for Python, same keys, no header'),
    { title: `the same, tuned: ${tunedLibrdkafka.join(', ')}`, settings: tunedLibrdkafka },
    (turn, settings) => pythonPeer(turn.stage, 'ingest_confluent.py', ...topicAndManifest(turn), ...settings),
  ),
  {
    ...peer('kafka-python', "the exercise's own solution: kafka-python, same keys, no header"),
    slow: true,
    command: (turn) => pythonPeer(turn.stage, 'ingest_kafka_python.py', ...topicAndManifest(turn)),
  },
]

/** Describes a contender that must write every line, unless the caller overrides `expects`. */
function peer(name: string, title: string): Omit<Contender, 'command'> {
  return { name, title, kind: 'ingest', expects: 'lines', guarantee: 'at least once' }
}

function ours(name: string, title: string, containers: number): Contender {
  return {
    ...peer(name, title),
    ours: true,
    command: (turn) => ({
      ...nodeProgram('contenders/ingest-bucket.ts', turn.corpus.manifest, String(containers)),
      env: functionEnvironment(turn),
    }),
  }
}

function topicAndManifest({ config, corpus }: Turn): readonly string[] {
  return [config.brokers.join(), config.topics.books, corpus.manifest]
}
