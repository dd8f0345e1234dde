import { Command } from 'commander'
import type { Admin } from '../../../kafka/admin.ts'
import { noLeader } from '../../../kafka/protocol/metadata.ts'
import type { Cli } from '../../options/cli.ts'
import { type ExactOption, exactHelp } from '../../options/topic-name.ts'
import { plural, table } from '../../terminal/table.ts'
import { withAdmin } from '../with-admin.ts'
import { type TopicDetails, topicDetails } from './topic-details.ts'
import { topicNames, topicsHelp } from './topic-names.ts'

export function describeCommand({ terminal, cluster }: Cli): Command {
  return new Command('describe')
    .description('Show partitions, leaders, replicas, offsets, sizes and settings.')
    .argument('[name...]', topicsHelp)
    .option('--exact', exactHelp)
    .option('--json', 'print a JSON object per topic')
    .addHelpText('after', '\nExample:\n  npm run books -- topics describe books')
    .action(async (given: string[], options: ExactOption & { readonly json?: true }) => {
      const config = await cluster()
      await withAdmin(config, async (admin, cluster) => {
        const found = []
        for (const name of topicNames(given, options, config))
          found.push([await describe(admin, name), await topicDetails(cluster, name)] as const)
        for (const [topic, details] of found) {
          const lines = options.json ? jsonOf(topic, details) : textOf(topic, details)
          for (const line of lines) terminal.print(line)
        }
      })
    })
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
    `${name}  (id ${id}, ${plural(partitions.length, 'partition')})`,
    `settings  ${settings === undefined ? 'not returned' : set.join('\n          ') || 'all by default'}`,
    ...table(header, rows),
  ]
}
