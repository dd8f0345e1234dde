/** The contenders that count lines of the books topic and publish counts. */
import { join } from 'node:path'
import type { Emit } from '../../lib/config.ts'
import type { Contender } from '../contender.ts'
import { javaPeer } from '../peers/java.ts'
import type { Peers } from '../peers/prepare.ts'
import { pythonPeer } from '../peers/python.ts'
import { functionEnvironment } from './function-environment.ts'
import { nodeProgram } from './node-program.ts'

type StreamsGuarantee = 'at_least_once' | 'exactly_once_v2'
type QuixGuarantee = 'at-least-once' | 'exactly-once'

const streamsCacheBytes = 10 * 1024 * 1024 // its default

export function countContenders(peers: Peers): readonly Contender[] {
  return [
    ours('count', 'count, through the event source', 'every'),
    ours('count-batch', 'count with EMIT=batch', 'batch'),
    streams(peers, 'streams-eos', 'exactly_once_v2', 'every'),
    streams(peers, 'streams-alo', 'at_least_once', 'every'),
    streams(peers, 'streams-eos-cache', 'exactly_once_v2', 'batch'),
    streams(peers, 'streams-alo-cache', 'at_least_once', 'batch'),
    quix(peers, 'quix-eos', 'exactly-once'),
    quix(peers, 'quix-alo', 'at-least-once'),
    python(peers, 'confluent-python-count', 'confluent-kafka for Python', 'count_confluent.py'),
    python(peers, 'kafka-python-count', "the exercise's own solution: kafka-python", 'count_kafka_python.py'),
  ]
}

function ours(name: string, title: string, emit: Emit): Contender {
  return {
    name,
    title,
    kind: 'count',
    expects: emit === 'every' ? 'updates' : 'counts',
    guarantee: 'exactly once',
    ours: true,
    command: (turn) => ({
      ...nodeProgram('count-topic.ts'),
      env: { ...functionEnvironment(turn), EMIT: emit },
    }),
  }
}

function streams({ classPath }: Peers, name: string, guarantee: StreamsGuarantee, emit: Emit): Contender {
  const cacheBytes = emit === 'every' ? 0 : streamsCacheBytes
  return {
    name,
    title: `Kafka Streams ${guarantee}${cacheBytes === 0 ? '' : ', with its cache'}`,
    kind: 'count',
    expects: emit === 'every' ? 'updates' : 'counts',
    guarantee: guarantee === 'at_least_once' ? 'at least once' : 'exactly once',
    command: ({ config, folder }) =>
      javaPeer(
        classPath,
        'peers.StreamsCount',
        ...[config.brokers.join(), config.topics.books, config.topics.bookCount],
        ...[`${config.userid}.streams`, join(folder, 'state'), guarantee, String(cacheBytes), '1'],
      ),
  }
}

function quix({ python }: Peers, name: string, guarantee: QuixGuarantee): Contender {
  return {
    name,
    title: `Quix Streams ${guarantee}`,
    kind: 'count',
    expects: 'updates',
    guarantee: guarantee === 'at-least-once' ? 'at least once' : 'exactly once',
    command: ({ config, folder }) =>
      pythonPeer(
        python,
        'count_quix.py',
        ...[config.brokers.join(), config.topics.books, config.topics.bookCount],
        ...[`${config.userid}.quix`, join(folder, 'state'), guarantee],
      ),
  }
}

function python({ python }: Peers, name: string, title: string, program: string): Contender {
  return {
    name,
    title,
    kind: 'count',
    expects: 'updates',
    guarantee: 'none',
    command: ({ config }) =>
      pythonPeer(
        python,
        program,
        ...[config.brokers.join(), config.topics.books, config.topics.bookCount, `${config.userid}.python`],
      ),
  }
}
