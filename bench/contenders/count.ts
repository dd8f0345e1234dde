/** The contenders that count lines and publish counts. */
import { join } from 'node:path'
import type { Emit } from '../../books/config.ts'
import { javaPeer, tunedProducer } from '../peers/java.ts'
import { nodePeer } from '../peers/node.ts'
import type { Peers } from '../peers/prepare.ts'
import { pythonPeer, tunedLibrdkafka } from '../peers/python.ts'
import type { Contender, Turn } from '../setup/contender.ts'
import { functionEnvironment } from './function-environment.ts'
import { nodeProgram } from './node-program.ts'

type StreamsGuarantee = 'at_least_once' | 'exactly_once_v2'
type QuixGuarantee = 'at-least-once' | 'exactly-once'

const streamsCacheBytes = 10 * 1024 * 1024 // the default of Kafka Streams

/** Tunes Kafka Streams for throughput: state in memory, large producer batches, many records in a poll. */
const tunedStreams = [
  'dsl.store.suppliers.class=org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers',
  ...tunedProducer.map((setting) => `producer.${setting}`),
  'consumer.max.poll.records=10000',
]

export function countContenders(peers: Peers): readonly Contender[] {
  return [
    ours('count', 'count, through the event source', 'every'),
    ours('count-batch', 'count with EMIT=batch', 'batch'),
    ...streams(peers, 'streams-eos', 'exactly_once_v2', 'every'),
    ...streams(peers, 'streams-alo', 'at_least_once', 'every'),
    ...streams(peers, 'streams-eos-cache', 'exactly_once_v2', 'batch'),
    ...streams(peers, 'streams-alo-cache', 'at_least_once', 'batch'),
    ...quix(peers, 'quix-eos', 'exactly-once'),
    ...quix(peers, 'quix-alo', 'at-least-once'),
    {
      ...withoutGuarantee('kafka-javascript-count', '@confluentinc/kafka-javascript'),
      slow: true,
      command: (turn) => nodePeer('count-kafka-javascript.ts', ...topicsAndGroup(turn)),
    },
    python(peers, 'confluent-python-count', 'confluent-kafka for Python', 'count_confluent.py', []),
    python(
      peers,
      'confluent-python-count-tuned',
      `the same, tuned: ${tunedLibrdkafka.join(', ')}`,
      'count_confluent.py',
      tunedLibrdkafka,
    ),
    {
      ...python(
        peers,
        'kafka-python-count',
        "the exercise's own solution: kafka-python",
        'count_kafka_python.py',
        [],
      ),
      slow: true,
    },
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

/** Returns Kafka Streams with its defaults, and tuned. */
function streams(
  { classPath }: Peers,
  name: string,
  guarantee: StreamsGuarantee,
  emit: Emit,
): readonly Contender[] {
  const cacheBytes = emit === 'every' ? 0 : streamsCacheBytes
  const contender = (tuned: string, settings: readonly string[]): Contender => ({
    name: `${name}${tuned && '-tuned'}`,
    title: `Kafka Streams ${guarantee}${cacheBytes === 0 ? '' : ', with its cache'}${tuned}`,
    kind: 'count',
    expects: emit === 'every' ? 'updates' : 'counts',
    guarantee: guarantee === 'at_least_once' ? 'at least once' : 'exactly once',
    command: (turn) =>
      javaPeer(
        classPath,
        'peers.StreamsCount',
        ...topicsAndGroup(turn),
        ...[join(turn.folder, 'state'), guarantee, String(cacheBytes), ...settings],
      ),
  })
  const tuned = `, tuned: state in memory, ${tunedProducer.join(', ')}, max.poll.records=10000`
  return [contender('', []), contender(tuned, tunedStreams)]
}

/** Returns Quix Streams with its defaults, and with its documented settings for throughput. */
function quix({ python }: Peers, name: string, guarantee: QuixGuarantee): readonly Contender[] {
  const contender = (tuned: string, settings: readonly string[]): Contender => ({
    name: `${name}${tuned && '-tuned'}`,
    slow: true,
    title: `Quix Streams ${guarantee}${tuned}`,
    kind: 'count',
    expects: 'updates',
    guarantee: guarantee === 'at-least-once' ? 'at least once' : 'exactly once',
    command: (turn) =>
      pythonPeer(
        python,
        'count_quix.py',
        ...topicsAndGroup(turn),
        ...[join(turn.folder, 'state'), guarantee, ...settings],
      ),
  })
  return [contender('', []), contender(`, tuned: ${tunedLibrdkafka.join(', ')}`, tunedLibrdkafka)]
}

function python(
  { python }: Peers,
  name: string,
  title: string,
  program: string,
  settings: readonly string[],
): Contender {
  return {
    ...withoutGuarantee(name, title),
    command: (turn) => pythonPeer(python, program, ...topicsAndGroup(turn), ...settings),
  }
}

function withoutGuarantee(name: string, title: string): Omit<Contender, 'command'> {
  return { name, title, kind: 'count', expects: 'updates', guarantee: 'none' }
}

/** Returns the brokers, both topics, and a name for the group. */
function topicsAndGroup({ config }: Turn): readonly string[] {
  return [config.brokers.join(), config.topics.books, config.topics.bookCount, `${config.userid}.peer`]
}
