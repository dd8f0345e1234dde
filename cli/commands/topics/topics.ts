import { Command } from 'commander'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { deviationText } from '../../../books/topic-rules.ts'
import type { NewTopic } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { AppError } from '../../../lib/errors.ts'
import { confirmDeletion } from '../../../local/terminal/confirm-deletion.ts'
import type { Cli } from '../../options/cli.ts'
import { type KeyValues, keyValue, wholeNumber } from '../../options/option-values.ts'
import { type ExactOption, exactHelp } from '../../options/topic-name.ts'
import { withAdmin } from '../with-admin.ts'
import { alterCommand } from './alter.ts'
import { describeCommand } from './describe.ts'
import { topicDetails } from './topic-details.ts'
import { topicNames, topicsHelp } from './topic-names.ts'

export function topicsCommand(cli: Cli): Command {
  return new Command('topics')
    .description('List, create, describe, alter and delete topics.')
    .addCommand(listCommand(cli))
    .addCommand(createCommand(cli))
    .addCommand(describeCommand(cli))
    .addCommand(alterCommand(cli))
    .addCommand(deleteCommand(cli))
    .addHelpText('after', '\nExample:\n  npm run books -- topics describe')
}

function listCommand({ terminal, cluster }: Cli): Command {
  return new Command('list')
    .description('List the topics that begin with the user id.')
    .option('--all', 'all topics of the cluster')
    .option('--json', 'print a JSON string per topic')
    .addHelpText('after', '\nExample:\n  npm run books -- topics list')
    .action(async (options: { readonly all?: true; readonly json?: true }) => {
      const config = await cluster()
      const prefix = `${config.userid}.`
      const topics = await withAdmin(config, (admin) => admin.listTopics())
      const names = topics.filter((name) => options.all || name.startsWith(prefix))
      for (const name of names) terminal.print(options.json ? JSON.stringify(name) : name)
      if (names.length === 0)
        terminal.info(`No topic begins with "${prefix}". Create them: npm run books -- topics create`)
    })
}

type CreateOptions = ExactOption & {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: KeyValues
  readonly json?: true
}

function createCommand({ terminal, cluster }: Cli): Command {
  return new Command('create')
    .description('Create missing topics, and compare existing ones.')
    .argument('[name...]', topicsHelp)
    .option('-p, --partitions <number>', 'number of partitions (default: PARTITIONS, else 5)', wholeNumber(1))
    .option(
      '-r, --replication-factor <number>',
      'number of replicas (default: REPLICATION_FACTOR, else 1)',
      wholeNumber(1),
    )
    .option('-c, --config <key=value>', 'setting of the topic (repeatable)', keyValue)
    .option('--json', 'print a JSON object per topic: {"topic", "created"}')
    .option('--exact', exactHelp)
    .addHelpText('after', '\nExample:\n  npm run books -- topics create test1 --partitions 5')
    .action(async (names: string[], options: CreateOptions) => {
      const found = await cluster()
      await withAdmin(found, async (admin, cluster) => {
        const { partitions = found.partitions, replicationFactor = found.replicationFactor } = options
        const shape = { partitions, replicationFactor }
        const wanted: readonly NewTopic[] =
          names.length === 0
            ? wantedTopics({ ...found, ...shape })
            : topicNames(names, options, found).map((name) => ({ name, ...shape, configs: {} }))
        const topics = wanted.map((topic) => ({
          ...topic,
          configs: { ...topic.configs, ...Object.fromEntries(options.config ?? []) },
        }))
        const ensured = await ensureTopics(admin, topics)
        for (const { name, created } of ensured)
          terminal.print(
            options.json
              ? JSON.stringify({ topic: name, created })
              : `${name} ${created ? 'created' : 'exists'}`,
          )
        for (const deviation of ensured.flatMap(({ deviations }) => deviations))
          terminal.info(`${deviationText(deviation)}.`)
        const old = ensured.flatMap(({ name, created }) => (created ? [] : [name]))
        if (options.config && old.length > 0) await compareSettings(cluster, old, options.config)
      })
    })
}

/** @throws PARTITIONS_DIFFER when existing topics have other settings than requested */
async function compareSettings(
  cluster: Cluster,
  topics: readonly string[],
  wanted: KeyValues,
): Promise<void> {
  const problems: string[] = []
  for (const topic of topics) {
    const { settings } = await topicDetails(cluster, topic)
    if (settings === undefined) continue
    for (const [name, value] of wanted)
      if (settings[name] !== value)
        problems.push(`${topic} has ${name}=${settings[name] ?? '(default)'}, not ${value}`)
  }
  if (problems.length > 0)
    throw new AppError('PARTITIONS_DIFFER', `${problems.join('; ')}. Change them with topics alter.`)
}

type DeleteTopicsOptions = ExactOption & { readonly yes?: true; readonly json?: true }

function deleteCommand({ terminal, cluster }: Cli): Command {
  return new Command('delete')
    .description('Delete topics and their messages.')
    .argument('[name...]', topicsHelp)
    .option('--exact', exactHelp)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print a JSON object per topic: {"topic", "deleted"}')
    .addHelpText('after', '\nExample:\n  npm run books -- topics delete test1 --yes')
    .action(async (given: string[], options: DeleteTopicsOptions) => {
      const config = await cluster()
      const names = topicNames(given, options, config)
      await withAdmin(config, async (admin) => {
        for (const name of names) await admin.describeTopic(name)
        if (!options.yes) await confirmDeletion(`${names.join(', ')} with everything in it`, terminal.ask)
        for (const name of names) {
          await admin.deleteTopic(name)
          terminal.print(options.json ? JSON.stringify({ topic: name, deleted: true }) : `${name} deleted`)
        }
      })
    })
}
