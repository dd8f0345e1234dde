/** The contenders that write lines to the books topic. */

import { kafkaTool, lineProducer, tunedProducer } from '../peers/java.ts'
import { nodePeer } from '../peers/node.ts'
import type { Peers } from '../peers/prepare.ts'
import { pythonPeer, tunedLibrdkafka } from '../peers/python.ts'
import type { Command, Contender } from '../setup/contender.ts'
import { allLinesFile, keyedLinesFile } from '../setup/corpus.ts'
import { functionEnvironment } from './function-environment.ts'
import { nodeProgram } from './node-program.ts'

export function ingestContenders(peers: Peers): readonly Contender[] {
  return [
    ours('ingest', 'ingest, from the bucket, one container', 1),
    ours('ingest-2', 'ingest, from the bucket, two containers', 2),
    javaProducer(peers, 'java-producer', "Java's producer, same keys and headers, from disk", []),
    javaProducer(peers, 'java-producer-tuned', `the same, tuned: ${tunedProducer.join(', ')}`, tunedProducer),
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
        withInput(
          allLinesFile(corpus),
          kafkaTool(
            'org.apache.kafka.tools.ConsoleProducer',
            ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
          ),
        ),
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
      command: ({ config, corpus }) =>
        nodePeer('ingest-kafka-javascript.ts', config.brokers.join(), config.topics.books, corpus.manifest),
    },
    confluentPython(peers, 'confluent-python', 'confluent-kafka for Python, same keys, no header', []),
    confluentPython(
      peers,
      'confluent-python-tuned',
      `the same, tuned: ${tunedLibrdkafka.join(', ')}`,
      tunedLibrdkafka,
    ),
    {
      ...peer('kafka-python', "the exercise's own solution: kafka-python, same keys, no header"),
      slow: true,
      command: ({ config, corpus }) =>
        pythonPeer(
          peers.python,
          'ingest_kafka_python.py',
          ...[config.brokers.join(), config.topics.books, corpus.manifest],
        ),
    },
  ]
}

/** Describes a contender that must write every line, unless the caller overrides `expects`. */
function peer(name: string, title: string): Omit<Contender, 'command'> {
  return { name, title, kind: 'ingest', expects: 'lines', guarantee: 'at least once' }
}

function ours(name: string, title: string, containers: number): Contender {
  return {
    ...peer(name, title),
    ours: true,
    command: (turn) => ({
      ...nodeProgram('ingest-bucket.ts', turn.corpus.manifest, String(containers)),
      env: functionEnvironment(turn),
    }),
  }
}

function javaProducer(
  { classPath }: Peers,
  name: string,
  title: string,
  settings: readonly string[],
): Contender {
  return { ...peer(name, title), command: (turn) => lineProducer(classPath, turn, settings) }
}

function confluentPython(
  { python }: Peers,
  name: string,
  title: string,
  settings: readonly string[],
): Contender {
  return {
    ...peer(name, title),
    command: ({ config, corpus }) =>
      pythonPeer(
        python,
        'ingest_confluent.py',
        ...[config.brokers.join(), config.topics.books, corpus.manifest, ...settings],
      ),
  }
}

function withInput(file: string, { command, args }: Command): Command {
  return {
    command: '/bin/sh',
    args: ['-c', 'file=$1; shift; exec "$@" < "$file"', 'sh', file, command, ...args],
  }
}
