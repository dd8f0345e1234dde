/** The contenders that only read lines. Their rates are an upper limit for counting. */

import { kafkaTool } from '../peers/java.ts'
import type { Command, Contender } from '../setup/contender.ts'
import { functionEnvironment } from './function-environment.ts'
import { nodeProgram } from './node-program.ts'

export const readContenders: readonly Contender[] = [
  {
    name: 'event-source',
    title: 'the event source, to a function that does nothing',
    kind: 'read',
    expects: 'exit',
    guarantee: 'at least once',
    ours: true,
    command: (turn) => ({
      ...nodeProgram('deliver-topic.ts', String(turn.corpus.lines)),
      env: functionEnvironment(turn),
    }),
  },
  {
    name: 'consumer-perf',
    title: "Apache's kafka-consumer-perf-test",
    kind: 'read',
    expects: 'exit',
    guarantee: 'none',
    command: ({ config, corpus }) =>
      kafkaTool(
        'org.apache.kafka.tools.ConsumerPerformance',
        ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
        ...['--num-records', String(corpus.lines)],
      ),
  },
  {
    name: 'console-consumer',
    title: "Apache's console consumer",
    kind: 'read',
    expects: 'exit',
    guarantee: 'none',
    command: ({ config, corpus }) =>
      withoutOutput(
        kafkaTool(
          'org.apache.kafka.tools.consumer.ConsoleConsumer',
          ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
          ...['--from-beginning', '--max-messages', String(corpus.lines)],
        ),
      ),
  },
  {
    name: 'kcat-consumer',
    title: 'kcat',
    kind: 'read',
    expects: 'exit',
    guarantee: 'none',
    command: ({ config }) =>
      withoutOutput({
        command: 'kcat',
        args: ['-C', '-q', '-e', '-b', config.brokers.join(), '-t', config.topics.books],
      }),
  },
]

function withoutOutput({ command, args }: Command): Command {
  return { command: '/bin/sh', args: ['-c', 'exec "$@" > /dev/null', 'sh', command, ...args] }
}
