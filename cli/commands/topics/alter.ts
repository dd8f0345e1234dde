import { Command } from 'commander'
import { kafkaError } from '../../../kafka/cluster/kafka-error.ts'
import type { Request } from '../../../kafka/protocol/request.ts'
import { alterTopicConfigsRequest, createPartitionsRequest } from '../../../kafka/protocol/topics.ts'
import { usageError } from '../../../lib/errors.ts'
import { isYes } from '../../../local/terminal/ask.ts'
import type { Cli } from '../../options/cli.ts'
import { type KeyValues, keyValue, repeated, wholeNumber } from '../../options/option-values.ts'
import { type ExactOption, exactHelp, nameHelp, topicName } from '../../options/topic-name.ts'
import { plural } from '../../terminal/table.ts'
import { withAdmin } from '../with-admin.ts'

const timeoutMs = 15_000

type AlterOptions = ExactOption & {
  readonly config?: KeyValues
  readonly deleteConfig?: readonly string[]
  readonly partitions?: number
  readonly yes?: true
  readonly json?: true
}

export function alterCommand({ terminal, cluster }: Cli): Command {
  return new Command('alter')
    .description('Change settings of a topic, or add partitions.')
    .argument('<name>', nameHelp)
    .option('--config <key=value>', 'setting of the topic (repeatable)', keyValue)
    .option('--delete-config <key>', 'setting to reset to its default (repeatable)', repeated)
    .option('--partitions <number>', 'new number of partitions, above the current one', wholeNumber(1))
    .option('-y, --yes', 'do not ask for confirmation before partitions are added')
    .option('--json', 'print the change as JSON: {"topic", "settings", "partitions"}')
    .option('--exact', exactHelp)
    .addHelpText('after', '\nExample:\n  npm run books -- topics alter test1 --config retention.ms=86400000')
    .action(async (given: string, options: AlterOptions) => {
      const config = await cluster()
      await withAdmin(config, async (admin, cluster) => {
        const { partitions } = options
        const topic = topicName(given, options, config)
        const changes = changesOf(options)
        if (changes.length === 0 && partitions === undefined)
          throw usageError('Nothing to alter: pass --config, --delete-config or --partitions.')
        const found = await admin.describeTopic(topic)
        if (partitions !== undefined) {
          requireMore(topic, found.partitions.length, partitions, Object.values(config.topics))
          if (!options.yes) await confirm(terminal, topic)
        }
        const send = (request: Request<void>, doing: string) =>
          cluster.sendToController(request).catch((error: unknown) => {
            throw kafkaError(error, doing)
          })
        if (changes.length > 0)
          await send(alterTopicConfigsRequest(topic, changes), `Altering topic ${topic}`)
        if (partitions !== undefined)
          await send(
            createPartitionsRequest(topic, partitions, timeoutMs),
            `Adding partitions to topic ${topic}`,
          )
        const settings = Object.fromEntries(changes.map(({ name, value }) => [name, value]))
        if (options.json) terminal.print(JSON.stringify({ topic, settings, partitions }))
        else terminal.print(`${topic} altered`)
      })
    })
}

function changesOf({ config = [], deleteConfig = [] }: AlterOptions) {
  return [
    ...config.map(([name, value]) => ({ name, value })),
    ...deleteConfig.map((name) => ({ name, value: null })),
  ]
}

/** @throws USAGE for a topic of the system or too few partitions */
function requireMore(topic: string, current: number, wanted: number, ofSystem: readonly string[]): void {
  if (ofSystem.includes(topic))
    throw usageError(
      `The partitions of ${topic} cannot change, because a book's lines and count must stay in one partition. Choose another USERID for more partitions.`,
    )
  if (wanted <= current)
    throw usageError(
      `${topic} already has ${plural(current, 'partition')}. The number of partitions can only increase.`,
    )
}

const moves = 'New messages of a key can go to another partition than old ones, so that their order is lost.'

/** @throws USAGE unless the user confirms */
async function confirm({ ask }: Cli['terminal'], topic: string): Promise<void> {
  if (!ask) throw usageError(`${moves} Pass --yes to add partitions to ${topic}.`)
  if (!isYes(await ask(`${moves} Add partitions to ${topic}? [y/N] `)))
    throw usageError('Nothing was changed.')
}
