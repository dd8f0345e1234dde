import { Command } from 'commander'
import type { Admin } from '../../../kafka/admin.ts'
import { noLeader } from '../../../kafka/protocol/metadata.ts'
import type { Cli } from '../../options/cli.ts'
import { exactHelp } from '../../options/topic-name.ts'
import { table } from '../../terminal/table.ts'
import type { TopicDetails } from './topic-details.ts'
import { type ExactNameOption, nameHelp, topicNames, withAdmin } from './with-admin.ts'

export function describeCommand({ terminal, cluster }: Cli): Command {
  return new Command('describe')
    .description('Show partitions, leaders, replicas, offsets, sizes and settings.')
    .argument('[name...]', nameHelp)
    .option('--exact', exactHelp)
    .option('--json', 'print a JSON object per topic')
    .addHelpText('after', '\nExample:\n  npm run books -- topics describe books')
    .action(async (given: string[], options: ExactNameOption & { readonly json?: true }) =>
      withAdmin(await cluster(), async (admin, found) => {
        const names = topicNames(given, options, found)
        const described = []
        for (const name of names) described.push(await describe(admin, name))
        // Imported late, because loading takes longer than the other commands.
        const { topicDetails } = await import('./topic-details.ts')
        const details = await topicDetails(found, names)
        for (const topic of described) {
          const lines = options.json
            ? jsonOf(topic, details.get(topic.name)!)
            : textOf(topic, details.get(topic.name)!)
          for (const line of lines) terminal.print(line)
        }
      }),
    )
}

type DescribedTopics = Awaited<ReturnType<typeof describe>>

async function describe(admin: Admin, name: string) {
  const topic = await admin.describeTopic(name)
  const offsets = await admin.offsets(name)
  const partitions = topic.partitions.map((partition, i) => {
    const leader = partition.leader === noLeader ? undefined : partition.leader
    return { ...partition, ...offsets[i]!, leader }
  })
  return { ...topic, partitions }
}

function jsonOf(topic: DescribedTopics, { settings, bytes }: TopicDetails): readonly string[] {
  const partitions = topic.partitions.map((partition) => ({
    ...partition,
    bytes: bytes?.[partition.partition],
  }))
  return [JSON.stringify({ ...topic, settings, partitions })]
}

function textOf(
  { name, id, partitions }: DescribedTopics,
  { settings, bytes }: TopicDetails,
): readonly string[] {
  const set = Object.entries(settings ?? {}).map(([key, value]) => `${key}=${value}`)
  const rows = partitions.map(({ partition, leader, replicas, inSync, start, end }) => [
    ...[partition, leader ?? 'none', replicas.join(','), inSync.join(',')],
    ...[start, end, end - start, bytes?.[partition] ?? 'not returned'],
  ])
  const header = [
    ...['partition', 'leader', 'replicas', 'in sync'],
    ...['start', 'end', 'max records', 'bytes'],
  ]
  return [
    `${name}  (id ${id}, ${partitions.length} partitions)`,
    `settings  ${settings === undefined ? 'not returned' : set.join('\n          ') || 'all by default'}`,
    ...table(header, rows),
  ]
}
