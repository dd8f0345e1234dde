import { Command } from 'commander'
import type { ClusterSettings } from '../../../books/cluster.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { deviationText } from '../../../books/topic-rules.ts'
import type { NewTopic } from '../../../kafka/admin.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import { keyValue, wholeNumber } from '../../options/option-values.ts'
import { exactHelp } from '../../options/topic-name.ts'
import { confirm } from '../../terminal/confirm.ts'
import { alterCommand } from './alter.ts'
import { describeCommand } from './describe.ts'
import { type ExactNameOption, nameHelp, topicNames, withAdmin } from './with-admin.ts'

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
    .action(async (options: { readonly all?: true; readonly json?: true }) =>
      withAdmin(await cluster(), async (admin, { userid }) => {
        const names = (await admin.listTopics()).filter(
          (name) => options.all || name.startsWith(`${userid}.`),
        )
        for (const name of names) terminal.print(options.json ? JSON.stringify(name) : name)
        if (names.length === 0)
          terminal.info(`No topic begins with "${userid}.". Create them: npm run books -- topics create`)
      }),
    )
}

type CreateOptions = ExactNameOption & {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: readonly (readonly [key: string, value: string])[]
  readonly json?: true
}

function createCommand({ terminal, cluster }: Cli): Command {
  return new Command('create')
    .description('Create missing topics, and compare existing ones.')
    .argument('[name...]', nameHelp)
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
    .action(async (names: string[], options: CreateOptions) =>
      withAdmin(await cluster(), async (admin, found) => {
        const { partitions = found.partitions, replicationFactor = found.replicationFactor } = options
        const wanted: readonly NewTopic[] =
          names.length === 0
            ? wantedTopics({ ...found, partitions, replicationFactor })
            : topicNames(names, options, found).map((name) => ({
                name,
                partitions,
                replicationFactor,
                configs: {},
              }))
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
        if (options.config && old.length > 0) await compareSettings(found, old, options.config)
      }),
    )
}

/** @throws PARTITIONS_DIFFER when existing topics have other settings than requested */
async function compareSettings(
  connection: ClusterSettings,
  topics: readonly string[],
  wanted: NonNullable<CreateOptions['config']>,
): Promise<void> {
  const { topicDetails } = await import('./topic-details.ts')
  const details = await topicDetails(connection, topics)
  const problems = topics.flatMap((topic) => {
    const { settings } = details.get(topic)!
    if (settings === undefined) return []
    const differing = wanted.filter(([name, value]) => settings[name] !== value)
    return differing.map(
      ([name, value]) => `${topic} has ${name}=${settings[name] ?? '(default)'}, not ${value}`,
    )
  })
  if (problems.length > 0)
    throw new AppError('PARTITIONS_DIFFER', `${problems.join('; ')}. Existing topics are not changed.`)
}

function deleteCommand({ terminal, cluster }: Cli): Command {
  return new Command('delete')
    .description('Delete topics and their messages.')
    .argument('[name...]', nameHelp)
    .option('--exact', exactHelp)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print a JSON object per topic: {"topic", "deleted"}')
    .addHelpText('after', '\nExample:\n  npm run books -- topics delete test1 --yes')
    .action(
      async (given: string[], options: ExactNameOption & { readonly yes?: true; readonly json?: true }) =>
        withAdmin(await cluster(), async (admin, found) => {
          const names = topicNames(given, options, found)
          for (const name of names) await admin.describeTopic(name)
          if (!options.yes) await confirm(terminal, `${names.join(', ')} with everything in it`)
          for (const name of names) {
            await admin.deleteTopic(name)
            terminal.print(options.json ? JSON.stringify({ topic: name, deleted: true }) : `${name} deleted`)
          }
        }),
    )
}
