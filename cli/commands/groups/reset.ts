import { Command, InvalidArgumentError } from 'commander'
import type { Admin } from '../../../kafka/admin.ts'
import { groupBy } from '../../../kafka/protocol/group-by.ts'
import type { OffsetsByTopic } from '../../../kafka/protocol/group-offsets.ts'
import { AppError, usageError } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import { parsedTime, repeated, wholeNumber } from '../../options/option-values.ts'
import { requirePartition } from '../../options/partition.ts'
import { type ExactOption, exactHelp, nameHelp, topicName } from '../../options/topic-name.ts'
import { printTable } from '../../terminal/table.ts'
import { withAdmin } from '../with-admin.ts'
import {
  describedGroup,
  type GroupPartition,
  type GroupWithOffsets,
  offsetFor,
  type ResetTarget,
  timeoutMs,
} from './offsets.ts'

type ResetOptions = ExactOption & {
  readonly topic?: readonly string[]
  readonly partition?: number
  readonly toEarliest?: true
  readonly toLatest?: true
  readonly toOffset?: number
  readonly toDatetime?: number
  readonly shiftBy?: number
  readonly dryRun?: true
  readonly json?: true
}

type Move = {
  readonly topic: string
  readonly partition: number
  readonly before: number | null
  readonly offset: number
}

const help = `
Offsets beyond a partition's log are moved to its start or its end. The group
must have no members.

Examples:
  npm run books -- groups reset readers --to-earliest --topic test1 --dry-run
  npm run books -- groups reset readers --to-earliest --topic test1`

export function resetCommand({ terminal, cluster }: Cli): Command {
  return new Command('reset')
    .description('Move the committed offsets of a group.')
    .argument('<name>', nameHelp)
    .option(
      '-t, --topic <name>',
      'name of a topic (repeatable; default: all with offsets of the group)',
      repeated,
    )
    .option('-p, --partition <number>', 'only this partition', wholeNumber(0))
    .option('--to-earliest', 'move to the first message')
    .option('--to-latest', 'move to the end')
    .option('--to-offset <offset>', 'move to this offset', wholeNumber(0))
    .option(
      '--to-datetime <time>',
      'move to the first message at or after this time, such as 2026-11-25T10:00Z',
      time,
    )
    .option('--shift-by <number>', 'move by this number of messages; a negative number moves back', integer)
    .option('--dry-run', 'print the offsets, and change nothing')
    .option('--json', 'print a JSON object per partition: {"topic", "partition", "before", "offset"}')
    .option('--exact', exactHelp)
    .addHelpText('after', help)
    .action(async (given: string, options: ResetOptions) => {
      const target = targetOf(options)
      const config = await cluster()
      const name = topicName(given, options, config)
      const topics = options.topic?.map((topic) => topicName(topic, options, config))
      const work = async (admin: Admin) => {
        const group = await describedGroup(admin, name)
        requireNoMembers(group)
        const moves = await movesOf(admin, group.partitions, topics, options.partition, target)
        if (moves.length === 0)
          throw new AppError(
            'NOT_FOUND',
            `The group ${name} has no offsets${options.partition === undefined ? '' : ` of partition ${options.partition}`}. Name a topic with --topic.`,
          )
        if (!options.dryRun) await admin.commitOffsets(name, byTopic(moves))
        report(moves, terminal, options)
        if (options.dryRun) terminal.info('Nothing was changed (--dry-run).')
      }
      await withAdmin(config, work, timeoutMs)
    })
}

/** @throws USAGE when the group has members, because they would overwrite the offsets */
function requireNoMembers({ group, members }: GroupWithOffsets): void {
  if (members.length === 0) return
  const clients = new Set(members.map(({ clientId, clientHost }) => `${clientId} at ${clientHost}`))
  throw usageError(`The group ${group} has members (${[...clients].join(', ')}). Stop them first.`)
}

function byTopic(moves: readonly Move[]): OffsetsByTopic {
  const offsets = ([topic, moved]: readonly [string, readonly Move[]]) =>
    [topic, new Map(moved.map(({ partition, offset }) => [partition, offset]))] as const
  return new Map([...groupBy(moves, ({ topic }) => topic)].map(offsets))
}

/** @throws USAGE unless exactly one target is given */
function targetOf({ toEarliest, toLatest, toOffset, toDatetime, shiftBy }: ResetOptions): ResetTarget {
  const targets: readonly (ResetTarget | undefined)[] = [
    toEarliest && { kind: 'beginning' },
    toLatest && { kind: 'end' },
    toOffset === undefined ? undefined : { kind: 'offset', offset: toOffset },
    toDatetime === undefined ? undefined : { kind: 'time', ms: toDatetime },
    shiftBy === undefined ? undefined : { kind: 'shift', by: shiftBy },
  ]
  const [target, other] = targets.filter((given) => given !== undefined)
  if (target !== undefined && other === undefined) return target
  throw usageError(
    'Use exactly one of --to-earliest, --to-latest, --to-offset, --to-datetime and --shift-by.',
  )
}

async function movesOf(
  admin: Admin,
  committed: readonly GroupPartition[],
  topics: readonly string[] | undefined,
  only: number | undefined,
  target: ResetTarget,
): Promise<readonly Move[]> {
  const moves: Move[] = []
  for (const topic of topics ?? new Set(committed.map(({ topic }) => topic))) {
    const logs = await admin.offsets(topic, 'read_uncommitted')
    if (topics !== undefined && only !== undefined) requirePartition(topic, only, logs.length)
    for (const log of logs) {
      const { partition } = log
      const before = committed.find((each) => each.topic === topic && each.partition === partition)?.committed
      const isMoved = only === undefined ? topics !== undefined || before !== undefined : partition === only
      if (!isMoved) continue
      const atTime =
        target.kind === 'time' ? await admin.offsetAtTime(topic, partition, target.ms) : undefined
      moves.push({ topic, partition, before: before ?? null, offset: offsetFor(target, log, before, atTime) })
    }
  }
  return moves
}

function report(moves: readonly Move[], terminal: Cli['terminal'], { json }: ResetOptions): void {
  const rows = moves.map(({ topic, partition, before, offset }) => [topic, partition, before ?? '-', offset])
  if (json) for (const move of moves) terminal.print(JSON.stringify(move))
  else printTable(terminal, ['topic', 'partition', 'before', 'offset'], rows)
}

function time(text: string): number {
  const ms = parsedTime(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('It must be a time such as 2026-11-25T10:00Z or @MILLISECONDS.')
}

function integer(text: string): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}
