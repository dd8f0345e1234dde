/** The contenders that write the books' lines to the books topic. */
import type { Command, Contender } from '../contender.ts'
import { allLinesFile, keyedLinesFile } from '../corpus.ts'
import { javaPeer, kafkaTool } from '../peers/java.ts'
import type { Peers } from '../peers/prepare.ts'
import { pythonPeer } from '../peers/python.ts'
import { functionEnvironment } from './function-environment.ts'
import { nodeProgram } from './node-program.ts'

export function ingestContenders({ classPath, python }: Peers): readonly Contender[] {
  return [
    ours('ingest', 'ingest, from the bucket, one container', 1),
    ours('ingest-2', 'ingest, from the bucket, two containers', 2),
    {
      name: 'java-producer',
      title: "Java's producer, same keys and headers, from disk",
      kind: 'ingest',
      expects: 'lines',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        javaPeer(
          classPath,
          'peers.LineProducer',
          config.brokers.join(),
          config.topics.books,
          corpus.manifest,
        ),
    },
    {
      name: 'java-producer-tuned',
      title: 'the same with batch.size=262144 linger.ms=20',
      kind: 'ingest',
      expects: 'lines',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        javaPeer(
          classPath,
          'peers.LineProducer',
          config.brokers.join(),
          config.topics.books,
          corpus.manifest,
          'batch.size=262144',
          'linger.ms=20',
        ),
    },
    {
      name: 'producer-perf',
      title: "Apache's kafka-producer-perf-test, no key, no header",
      kind: 'ingest',
      expects: 'records',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        kafkaTool(
          'org.apache.kafka.tools.ProducerPerformance',
          ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
          ...[
            '--num-records',
            String(corpus.lines),
            '--throughput',
            '-1',
            '--payload-file',
            allLinesFile(corpus),
          ],
          ...['--command-property', 'acks=all'],
        ),
    },
    {
      name: 'console-producer',
      title: "Apache's console producer, no key, no header",
      kind: 'ingest',
      expects: 'records',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        withInput(
          allLinesFile(corpus),
          kafkaTool(
            'org.apache.kafka.tools.ConsoleProducer',
            ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
          ),
        ),
    },
    {
      name: 'kcat',
      title: 'kcat, same keys, no header',
      kind: 'ingest',
      expects: 'lines',
      guarantee: 'at least once',
      command: ({ config, corpus }) => ({
        command: 'kcat',
        args: [
          ...['-P', '-b', config.brokers.join(), '-t', config.topics.books, '-K', '\t', '-l'],
          ...[
            '-X',
            'topic.partitioner=murmur2_random',
            '-X',
            'enable.idempotence=true',
            keyedLinesFile(corpus),
          ],
        ],
      }),
    },
    {
      name: 'confluent-python',
      title: 'confluent-kafka for Python, same keys, no header',
      kind: 'ingest',
      expects: 'lines',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        pythonPeer(
          python,
          'ingest_confluent.py',
          config.brokers.join(),
          config.topics.books,
          corpus.manifest,
        ),
    },
    {
      name: 'kafka-python',
      title: "the exercise's own solution: kafka-python, same keys, no header",
      kind: 'ingest',
      expects: 'lines',
      guarantee: 'at least once',
      command: ({ config, corpus }) =>
        pythonPeer(
          python,
          'ingest_kafka_python.py',
          config.brokers.join(),
          config.topics.books,
          corpus.manifest,
        ),
    },
  ]
}

function ours(name: string, title: string, containers: number): Contender {
  return {
    name,
    title,
    kind: 'ingest',
    expects: 'lines',
    guarantee: 'at least once',
    ours: true,
    command: (turn) => ({
      ...nodeProgram('ingest-bucket.ts', turn.corpus.manifest, String(containers)),
      env: functionEnvironment(turn),
    }),
  }
}

function withInput(file: string, { command, args }: Command): Command {
  return {
    command: '/bin/sh',
    args: ['-c', 'file=$1; shift; exec "$@" < "$file"', 'sh', file, command, ...args],
  }
}
