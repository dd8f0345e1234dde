import { join } from 'node:path'
import type { Emit } from '../../books/config.ts'
import { javaPeer, tunedProducer } from '../peers/java.ts'
import { pythonPeer, tunedLibrdkafka } from '../peers/python.ts'
import { nodeProgram } from '../setup/command.ts'
import { alsoTuned, type Contender, type Turn } from '../setup/contender.ts'
import { functionEnvironment } from './function-environment.ts'

const streamsCacheBytes = 10 * 1024 * 1024 // the default of Kafka Streams

const tunedStreams = [
  'dsl.store.suppliers.class=org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers',
  ...tunedProducer.map((setting) => `producer.${setting}`),
  'consumer.max.poll.records=10000',
]

export const countContenders: readonly Contender[] = [
  ours('count', 'count, through the event source', 'every'),
  ours('count-batch', 'count with EMIT=batch', 'batch'),
  ...streams('streams-eos', 'exactly_once_v2', 'every'),
  ...streams('streams-alo', 'at_least_once', 'every'),
  ...streams('streams-eos-cache', 'exactly_once_v2', 'batch'),
  ...streams('streams-alo-cache', 'at_least_once', 'batch'),
  ...quix('quix-eos', 'exactly-once'),
  ...quix('quix-alo', 'at-least-once'),
  {
    ...withoutGuarantee('kafka-javascript-count', '@confluentinc/kafka-javascript'),
    slow: true,
    command: (turn) => nodeProgram('peers/node/count-kafka-javascript.ts', ...topicsAndGroup(turn)),
  },
  ...alsoTuned(
    withoutGuarantee('confluent-python-count', 'confluent-kafka for Python'),
    { title: `the same, tuned: ${tunedLibrdkafka.join(', ')}`, settings: tunedLibrdkafka },
    (turn, settings) => pythonPeer(turn.stage, 'count_confluent.py', ...topicsAndGroup(turn), ...settings),
  ),
  {
    ...withoutGuarantee('kafka-python-count', "the exercise's own solution: kafka-python"),
    slow: true,
    command: (turn) => pythonPeer(turn.stage, 'count_kafka_python.py', ...topicsAndGroup(turn)),
  },
]

function ours(name: string, title: string, emit: Emit): Contender {
  return {
    name,
    title,
    kind: 'count',
    expects: emit === 'every' ? 'updates' : 'counts',
    guarantee: 'exactly once',
    ours: true,
    command: (turn) => ({
      ...nodeProgram('contenders/count-topic.ts'),
      env: { ...functionEnvironment(turn), EMIT: emit },
    }),
  }
}

function streams(
  name: string,
  guarantee: 'at_least_once' | 'exactly_once_v2',
  emit: Emit,
): readonly Contender[] {
  const cacheBytes = emit === 'every' ? 0 : streamsCacheBytes
  const title = `Kafka Streams ${guarantee}${cacheBytes === 0 ? '' : ', with its cache'}`
  const tuned = `state in memory, ${tunedProducer.join(', ')}, max.poll.records=10000`
  return alsoTuned(
    {
      name,
      title,
      kind: 'count',
      expects: emit === 'every' ? 'updates' : 'counts',
      guarantee: guarantee === 'at_least_once' ? 'at least once' : 'exactly once',
    },
    { title: `${title}, tuned: ${tuned}`, settings: tunedStreams },
    (turn, settings) =>
      javaPeer(
        turn.stage,
        'peers.StreamsCount',
        ...topicsAndGroup(turn),
        ...[join(turn.folder, 'state'), guarantee, String(cacheBytes), ...settings],
      ),
  )
}

/** Quix documents the tuned settings for throughput. */
function quix(name: string, guarantee: 'at-least-once' | 'exactly-once'): readonly Contender[] {
  const title = `Quix Streams ${guarantee}`
  return alsoTuned(
    {
      name,
      slow: true,
      title,
      kind: 'count',
      expects: 'updates',
      guarantee: guarantee === 'at-least-once' ? 'at least once' : 'exactly once',
    },
    { title: `${title}, tuned: ${tunedLibrdkafka.join(', ')}`, settings: tunedLibrdkafka },
    (turn, settings) =>
      pythonPeer(
        turn.stage,
        'count_quix.py',
        ...topicsAndGroup(turn),
        ...[join(turn.folder, 'state'), guarantee, ...settings],
      ),
  )
}

function withoutGuarantee(name: string, title: string): Omit<Contender, 'command'> {
  return { name, title, kind: 'count', expects: 'updates', guarantee: 'none' }
}

function topicsAndGroup({ config }: Turn): readonly string[] {
  return [config.brokers.join(), config.topics.books, config.topics.bookCount, `${config.userid}.peer`]
}
