/** The rates of these contenders are an upper limit for counting. */

import { consoleConsumer, kafkaTool } from '../peers/java.ts'
import { nodeProgram, redirected } from '../setup/command.ts'
import type { Contender } from '../setup/contender.ts'
import { functionEnvironment } from './function-environment.ts'

export const readContenders: readonly Contender[] = [
  {
    ...reader('event-source', 'the event source, to a function that does nothing'),
    guarantee: 'at least once',
    ours: true,
    command: (turn) => ({
      ...nodeProgram('contenders/deliver-topic.ts', String(turn.corpus.lines)),
      env: functionEnvironment(turn),
    }),
  },
  {
    ...reader('consumer-perf', "Apache's kafka-consumer-perf-test"),
    command: ({ config, corpus }) =>
      kafkaTool(
        'org.apache.kafka.tools.ConsumerPerformance',
        ...['--bootstrap-server', config.brokers.join(), '--topic', config.topics.books],
        ...['--num-records', String(corpus.lines)],
      ),
  },
  {
    ...reader('console-consumer', "Apache's console consumer"),
    command: ({ config, corpus }) => {
      const consumer = consoleConsumer(config.brokers.join(), config.topics.books, corpus.lines)
      return redirected(consumer, '>', '/dev/null')
    },
  },
  {
    ...reader('kcat-consumer', 'kcat'),
    command: ({ config }) => {
      const args = ['-C', '-q', '-e', '-b', config.brokers.join(), '-t', config.topics.books]
      return redirected({ command: 'kcat', args }, '>', '/dev/null')
    },
  },
]

function reader(name: string, title: string): Omit<Contender, 'command'> {
  return { name, title, kind: 'read', expects: 'exit', guarantee: 'none' }
}
