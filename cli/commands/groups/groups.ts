import { Command } from 'commander'
import type { Admin } from '../../../kafka/admin.ts'
import { usageError } from '../../../lib/errors.ts'
import { printable } from '../../../lib/printable.ts'
import { confirmDeletion } from '../../../local/terminal/confirm-deletion.ts'
import type { Cli } from '../../options/cli.ts'
import { type ExactOption, exactHelp, nameHelp, topicName } from '../../options/topic-name.ts'
import { printTable, table } from '../../terminal/table.ts'
import { withAdmin } from '../with-admin.ts'
import { describedGroup, type GroupWithOffsets, lagOf, noGroup, timeoutMs } from './offsets.ts'
import { resetCommand } from './reset.ts'

export function groupsCommand(cli: Cli): Command {
  return new Command('groups')
    .description('List, describe, reset and delete consumer groups.')
    .addCommand(listCommand(cli))
    .addCommand(describeCommand(cli))
    .addCommand(resetCommand(cli))
    .addCommand(deleteCommand(cli))
    .addHelpText('after', '\nExample:\n  npm run books -- groups describe')
}

function listCommand({ terminal, cluster }: Cli): Command {
  return new Command('list')
    .description('List the groups that begin with the user id.')
    .option('--all', 'all groups of the cluster')
    .option('--json', 'print a JSON object per group: {"group", "state"}')
    .addHelpText('after', '\nExample:\n  npm run books -- groups list')
    .action(async (options: { readonly all?: true; readonly json?: true }) => {
      const config = await cluster()
      const prefix = `${config.userid}.`
      const groups = await withAdmin(config, (admin) => admin.listGroups(), timeoutMs)
      const found = groups
        .filter(({ groupId }) => options.all || groupId.startsWith(prefix))
        .map(({ groupId, state }) => ({ group: groupId, state: state || 'Unknown' }))
      const rows = found.map(({ group, state }) => [group, state])
      if (options.json) for (const group of found) terminal.print(JSON.stringify(group))
      else if (found.length === 0) terminal.info(`No group begins with "${prefix}".`)
      else printTable(terminal, ['group', 'state'], rows)
    })
}

function describeCommand({ terminal, cluster }: Cli): Command {
  return new Command('describe')
    .description('Show members, committed offsets and lag.')
    .argument('[name...]', `${nameHelp} (default: all that begin with the user id)`)
    .option('--exact', exactHelp)
    .option('--json', 'print a JSON object per group')
    .addHelpText('after', '\nExample:\n  npm run books -- groups describe')
    .action(async (given: readonly string[], options: ExactOption & { readonly json?: true }) => {
      const config = await cluster()
      const prefix = `${config.userid}.`
      const work = async (admin: Admin) => {
        const names =
          given.length > 0
            ? given.map((name) => topicName(name, options, config))
            : (await admin.listGroups()).map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix))
        if (names.length === 0) terminal.info(`No group begins with "${prefix}".`)
        for (const name of names) {
          const group = await describedGroup(admin, name)
          if (group.state === 'Dead' && given.length > 0) throw noGroup(name)
          if (group.state === 'Dead') terminal.info(noGroup(name).message)
          else if (options.json) terminal.print(jsonOf(group))
          else for (const line of linesOf(group, terminal.screen?.columns)) terminal.print(line)
        }
      }
      await withAdmin(config, work, timeoutMs)
    })
}

function jsonOf({ group, state, members, partitions }: GroupWithOffsets): string {
  return JSON.stringify({
    group,
    state,
    members: members.map(({ memberId, clientId, clientHost }) => ({
      member: memberId,
      client: clientId,
      host: clientHost,
    })),
    partitions: partitions.map(({ member, ...partition }) => ({
      ...partition,
      lag: lagOf(partition),
      member: member?.memberId,
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
    ...[partition.member?.clientId ?? '-', partition.member?.clientHost ?? '-'],
  ])
  const number = members.length === 1 ? '1 member' : `${members.length} members`
  return [
    `${printable(group)}  (${state}, ${number}, lag ${lag.toLocaleString('en')})`,
    ...table(header, rows, width),
  ]
}

type DeleteOptions = ExactOption & { readonly yes?: true; readonly json?: true }

function deleteCommand({ terminal, cluster }: Cli): Command {
  return new Command('delete')
    .description('Delete groups that have no members, with their offsets.')
    .argument('<name...>', nameHelp)
    .option('--exact', exactHelp)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print a JSON object per group: {"group", "deleted"}')
    .addHelpText('after', '\nExample:\n  npm run books -- groups delete readers --yes')
    .action(async (given: readonly string[], options: DeleteOptions) => {
      const config = await cluster()
      const names = new Set(given.map((name) => topicName(name, options, config)))
      if (!options.yes)
        await confirmDeletion(`${[...names].join(', ')} with all committed offsets`, terminal.ask)
      const work = async (admin: Admin) => {
        for (const group of names) {
          await deleteGroup(admin, group)
          terminal.print(
            options.json ? JSON.stringify({ group, deleted: true }) : `${printable(group)} deleted`,
          )
        }
      }
      await withAdmin(config, work, timeoutMs)
    })
}

/** @throws NOT_FOUND for an unknown group; USAGE when it has members; KAFKA_UNAVAILABLE, KAFKA_REFUSED */
async function deleteGroup(admin: Admin, group: string): Promise<void> {
  const { state, members } = await admin.describeGroup(group)
  if (state === 'Dead') throw noGroup(group)
  if (members.length > 0)
    throw usageError(`The group ${group} has members. Stop them before deleting the group.`)
  await admin.deleteGroup(group)
}
