import { Command } from 'commander'
import { AppError } from '../lib/errors.ts'
import { Admin, type NewTopic } from '../lib/kafka/admin.ts'
import { ensureTopics, wantedTopics } from '../lib/kafka/ensure-topics.ts'
import type { LocalConfig } from '../local/config.ts'
import { keyValue, wholeNumber } from './option-values.ts'
import type { Cli } from './program.ts'
import { table } from './table.ts'
import { exactHelp, topicName } from './topic-name.ts'

const timeoutMs = 5_000

/** `books topics list|create|describe|delete`. */
export function topicsCommand(cli: Cli): Command {
  return new Command('topics')
    .description('List, create, describe and delete topics.')
    .addCommand(listCommand(cli))
    .addCommand(createCommand(cli))
    .addCommand(describeCommand(cli))
    .addCommand(deleteCommand(cli))
}

const nameHelp =
  'prefixed by the user id unless it has the prefix; without a name, the three topics of this system'

type Exact = { readonly exact?: true }
type Json = { readonly json?: true }

function listCommand({ terminal, config }: Cli): Command {
  return new Command('list')
    .description('List the topics that begin with the user id.')
    .option('--all', 'every topic of the cluster')
    .option('--json', 'one JSON string a line')
    .addHelpText('after', '\nExample:\n  npm run books -- topics list')
    .action((options: Json & { readonly all?: true }) =>
      withAdmin(config(), async (admin, { userid }) => {
        const names = (await admin.listTopics()).filter(
          (name) => options.all || name.startsWith(`${userid}.`),
        )
        for (const name of names) terminal.print(options.json ? JSON.stringify(name) : name)
        if (names.length === 0)
          terminal.tell(`No topic begins with "${userid}.". Create them: npm run books -- topics create`)
      }),
    )
}

type CreateOptions = Exact & {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: readonly (readonly [key: string, value: string])[]
}

function createCommand({ terminal, config }: Cli): Command {
  return new Command('create')
    .description('Create topics that are not there; those that are must have the same shape.')
    .argument('[name...]', nameHelp)
    .option('--partitions <number>', 'PARTITIONS, 5 unless set', wholeNumber(1))
    .option('--replication-factor <number>', 'REPLICATION_FACTOR, 1 unless set', wholeNumber(1))
    .option('--config <key=value>', 'a setting of the topic, as often as needed', keyValue)
    .option('--exact', exactHelp)
    .addHelpText('after', '\nExample:\n  npm run books -- topics create test1 --partitions 5')
    .action((names: string[], options: CreateOptions) =>
      withAdmin(config(), async (admin, found) => {
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
        for (const { name, created } of await ensureTopics(admin, topics)) {
          terminal.print(`${name} ${created ? 'created' : 'was there'}`)
        }
      }),
    )
}

function describeCommand({ terminal, config }: Cli): Command {
  return new Command('describe')
    .description('Show partitions, leaders, replicas and offsets.')
    .argument('[name...]', nameHelp)
    .option('--exact', exactHelp)
    .option('--json', 'one JSON object a line, a topic each')
    .addHelpText('after', '\nExample:\n  npm run books -- topics describe books')
    .action((names: string[], options: Exact & Json) =>
      withAdmin(config(), async (admin, found) => {
        for (const name of topicNames(names, options, found)) {
          const topic = await admin.describeTopic(name)
          const offsets = await admin.offsets(name)
          const partitions = topic.partitions.map((partition, i) => ({ ...partition, ...offsets[i]! }))
          if (options.json) {
            terminal.print(JSON.stringify({ ...topic, partitions }))
            continue
          }
          terminal.print(`${name}  (id ${topic.id}, ${partitions.length} partitions)`)
          const rows = partitions.map(({ partition, leader, replicas, inSync, start, end }) => [
            ...[partition, leader ?? 'none', replicas.join(','), inSync.join(',')],
            ...[start, end, end - start],
          ])
          const header = [
            'partition',
            'leader',
            'replicas',
            'in sync',
            'first offset',
            'end offset',
            'records at most',
          ]
          for (const line of table(header, rows)) terminal.print(line)
        }
      }),
    )
}

function deleteCommand({ terminal, config }: Cli): Command {
  return new Command('delete')
    .description('Delete topics with everything in them.')
    .argument('[name...]', nameHelp)
    .option('--exact', exactHelp)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  npm run books -- topics delete test1 --yes')
    .action((given: string[], options: Exact & { readonly yes?: true }) =>
      withAdmin(config(), async (admin, found) => {
        const names = topicNames(given, options, found)
        for (const name of names) await admin.describeTopic(name)
        if (!options.yes) await confirm(terminal, names)
        for (const name of names) {
          await admin.deleteTopic(name)
          terminal.print(`${name} deleted`)
        }
      }),
    )
}

async function confirm(terminal: Cli['terminal'], names: readonly string[]): Promise<void> {
  const what = names.join(', ')
  if (!terminal.ask)
    throw new AppError('USAGE', `Nobody is here to be asked whether to delete ${what}: say --yes.`)
  const answer = await terminal.ask(`Delete ${what} with everything in it? [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new AppError('USAGE', 'Nothing was deleted.')
}

function topicNames(names: readonly string[], { exact }: Exact, config: LocalConfig): readonly string[] {
  if (names.length === 0) return Object.values(config.topics)
  return names.map((name) => topicName(name, exact === true, config))
}

async function withAdmin(
  config: LocalConfig,
  work: (admin: Admin, config: LocalConfig) => Promise<void>,
): Promise<void> {
  const admin = new Admin(config, timeoutMs)
  try {
    await work(admin, config)
  } finally {
    admin.close()
  }
}
