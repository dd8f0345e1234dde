import { Command } from 'commander'
import type { LocalConfig } from '../../../local/settings/config.ts'
import type { Cli } from '../../options/cli.ts'
import { exactHelp, topicName } from '../../options/topic-name.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printable, table } from '../../terminal/table.ts'
import { noGroup } from './described-groups.ts'
import { describedGroup, type GroupWithOffsets, lagOf } from './offsets.ts'
import { resetCommand } from './reset.ts'
import { withGroups } from './with-groups.ts'

export function groupsCommand(cli: Cli): Command {
  return new Command('groups')
    .description('List, describe, reset and delete consumer groups.')
    .addCommand(listCommand(cli))
    .addCommand(describeCommand(cli))
    .addCommand(resetCommand(cli))
    .addCommand(deleteCommand(cli))
    .addHelpText('after', '\nExample:\n  npm run books -- groups describe')
}

const nameHelp = 'name, prefixed with the user id unless it has the prefix'

function listCommand({ terminal, cluster }: Cli): Command {
  return new Command('list')
    .description('List the groups that begin with the user id.')
    .option('--all', 'all groups of the cluster')
    .option('--json', 'print a JSON object per group: {"group", "state"}')
    .addHelpText('after', '\nExample:\n  npm run books -- groups list')
    .action(async (options: { readonly all?: true; readonly json?: true }) =>
      withGroups(await cluster(), async ({ groups, config }) => {
        const found = (await groups.list()).filter(({ group }) => options.all || isOurs(group, config))
        if (options.json) for (const group of found) terminal.print(JSON.stringify(group))
        else if (found.length === 0) terminal.info(`No group begins with "${config.userid}.".`)
        else
          for (const line of table(
            ['group', 'state'],
            found.map(({ group, state }) => [group, state]),
            terminal.screen?.columns,
          ))
            terminal.print(line)
      }),
    )
}

function isOurs(group: string, { userid }: LocalConfig): boolean {
  return group.startsWith(`${userid}.`)
}

type DescribeOptions = { readonly exact?: true; readonly json?: true }

function describeCommand({ terminal, cluster }: Cli): Command {
  return new Command('describe')
    .description('Show members, committed offsets and lag.')
    .argument('[name...]', `${nameHelp} (default: all that begin with the user id)`)
    .option('--exact', exactHelp)
    .option('--json', 'print a JSON object per group')
    .addHelpText('after', '\nExample:\n  npm run books -- groups describe')
    .action(async (given: readonly string[], options: DescribeOptions) =>
      withGroups(await cluster(), async ({ admin, groups, config }) => {
        const names =
          given.length > 0
            ? given.map((name) => topicName(name, options.exact === true, config))
            : (await groups.list()).map(({ group }) => group).filter((group) => isOurs(group, config))
        if (names.length === 0) terminal.info(`No group begins with "${config.userid}.".`)
        for (const name of names) {
          const group = await describedGroup(admin, groups, name)
          if (group.state === 'Dead') throw noGroup(name)
          if (options.json) terminal.print(jsonOf(group))
          else for (const line of linesOf(group, terminal.screen?.columns)) terminal.print(line)
        }
      }),
    )
}

function jsonOf({ group, state, members, partitions }: GroupWithOffsets): string {
  return JSON.stringify({
    group,
    state,
    members: members.map(({ member, client, host }) => ({ member, client, host })),
    partitions: partitions.map(({ member, ...partition }) => ({
      ...partition,
      lag: lagOf(partition),
      member: member?.member,
    })),
  })
}

function linesOf(
  { group, state, members, partitions }: GroupWithOffsets,
  width: number | undefined,
): readonly string[] {
  const lag = partitions.reduce((sum, partition) => sum + lagOf(partition), 0)
  const header = ['topic', 'partition', 'committed', 'end', 'lag', 'client', 'host']
  const rows = partitions.map((partition) => [
    ...[partition.topic, partition.partition, partition.committed ?? '-', partition.end, lagOf(partition)],
    ...[partition.member?.client ?? '-', partition.member?.host ?? '-'],
  ])
  const number = members.length === 1 ? '1 member' : `${members.length} members`
  return [
    `${printable(group)}  (${state}, ${number}, lag ${lag.toLocaleString('en')})`,
    ...table(header, rows, width),
  ]
}

type DeleteOptions = { readonly exact?: true; readonly yes?: true; readonly json?: true }

function deleteCommand({ terminal, cluster }: Cli): Command {
  return new Command('delete')
    .description('Delete groups that have no members, with their offsets.')
    .argument('<name...>', nameHelp)
    .option('--exact', exactHelp)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print a JSON object per group: {"group", "deleted"}')
    .addHelpText('after', '\nExample:\n  npm run books -- groups delete readers --yes')
    .action(async (given: readonly string[], options: DeleteOptions) =>
      withGroups(await cluster(), async ({ groups, config }) => {
        const names = given.map((name) => topicName(name, options.exact === true, config))
        if (!options.yes) await confirm(terminal, `${names.join(', ')} with all committed offsets`)
        for (const name of names) {
          await groups.delete(name)
          terminal.print(
            options.json ? JSON.stringify({ group: name, deleted: true }) : `${printable(name)} deleted`,
          )
        }
      }),
    )
}
