import { Command } from 'commander'
import { AppError, messageOf, usageError } from '../../../lib/errors.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import type { Cli } from '../../options/cli.ts'
import { alias } from '../../options/option-aliases.ts'
import { repeated, wholeNumber } from '../../options/option-values.ts'
import { type ExactOption, exactHelp, topicHelp, topicName } from '../../options/topic-name.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { topicNames } from '../topics/topic-names.ts'
import type { ConsumePlan } from './consumption.ts'
import { formatHelp, jsonFormat, letterFormat, type RecordFormat, valueFormat } from './record-format.ts'
import { offsetHelp, parseStart, type StartPosition } from './start.ts'
import type { TopicSelection } from './topic-selection.ts'

type ConsumeOptions = ExactOption & {
  readonly topic?: readonly string[]
  readonly pattern?: string
  readonly fromBeginning?: true
  readonly partition?: number
  readonly offset?: string
  readonly group?: string
  readonly commit: boolean
  readonly max?: number
  readonly untilEnd?: true
  readonly json?: true
  readonly jsonValues?: true
  readonly format?: string
  readonly uncommitted?: true
}

const examples = `
Examples:
  npm run books -- consume books --from-beginning --max 10
  npm run books -- consume book-count -o beginning -e --format '%k %v'
  npm run books -- consume test1 --partition 0 --offset 10
  npm run books -- consume --pattern '^test' --from-beginning --json

Values are written byte for byte, a null as "null". On a terminal, control
characters and bytes that are not text are escaped. With --json, a key or value
that is not UTF-8 is {"base64": "…"}, and null is null.`

export function consumeCommand({ terminal, cluster }: Cli): Command {
  const command = new Command('consume')
    .description('Print messages of topics, by default new ones until Ctrl-C.')
    .argument('[topic...]', topicHelp)
    .option('-t, --topic <name>', 'name of a topic (repeatable)', repeated)
    .option('--pattern <regex>', 'all topics whose name after the user id matches, also new ones')
    .option('--from-beginning', 'start at the first message')
    .option('-p, --partition <number>', 'only this partition', wholeNumber(0))
    .option('-o, --offset <position>', offsetHelp)
    .option('-g, --group <name>', 'resume at the offsets of this group, as one of its members')
    .option('--no-commit', 'do not commit the offsets of the group')
    .option('-n, --max <number>', 'exit after this number of messages', wholeNumber(1))
    .option('-e, --until-end', 'exit at the current end of the topics')
    .option('-J, --json', 'print a JSON object per message')
    .option('--json-values', 'same as --json, with values parsed as JSON')
    .option('-f, --format <text>', `format of a message, as in kcat: ${formatHelp}`)
    .option('--uncommitted', 'include messages of open and aborted transactions')
    .option('--exact', exactHelp)
    .addHelpText('after', examples)
    .action(async (given: readonly string[], options: ConsumeOptions) => {
      const names = [...given, ...(options.topic ?? [])]
      const found = await cluster()
      const format = formatOf(options, terminal)
      const plan = planOf(names, options, format, found)
      const interruption = terminal.interruption()
      const endsByItself = plan.untilEnd || plan.max !== undefined
      if (!endsByItself && terminal.drawing) terminal.info('Waiting for messages. Ctrl-C stops.')
      // Imported lazily, because loading this module takes longer than most commands run.
      const { consume } = await import('./consumption.ts')
      await consume(plan, found, terminal, interruption)
      // Without an end, only Ctrl-C stops the command, so Ctrl-C is a success.
      if (interruption.aborted && endsByItself) throw new Interrupted()
    })
  // Names in kcat and Apache's console consumer.
  for (const spelling of ['-c', '--max-messages']) alias(command, spelling, 'max')
  return command
}

function planOf(
  names: readonly string[],
  options: ConsumeOptions,
  format: RecordFormat,
  config: LocalConfig,
): ConsumePlan {
  const { partition, offset, group, fromBeginning, untilEnd, commit, uncommitted } = options
  if (group !== undefined && (partition !== undefined || offset !== undefined)) {
    throw usageError('Omit --partition and --offset: --group determines them.')
  }
  if (fromBeginning && offset !== undefined) throw usageError('Use either --from-beginning or --offset.')
  return {
    selection: selectionOf(names, options, config),
    partition,
    start: startOf(offset, fromBeginning),
    untilEnd: untilEnd === true,
    isolation: uncommitted ? 'read_uncommitted' : 'read_committed',
    group: group === undefined ? undefined : topicName(group, options, config),
    commits: commit,
    max: options.max,
    format,
  }
}

function startOf(offset: string | undefined, fromBeginning: true | undefined): StartPosition {
  if (offset !== undefined) return parseStart(offset)
  return { kind: fromBeginning ? 'beginning' : 'end' }
}

function selectionOf(names: readonly string[], options: ConsumeOptions, config: LocalConfig): TopicSelection {
  const { pattern } = options
  if (pattern === undefined && names.length === 0) throw usageError('Name a topic, or pass --pattern.')
  if (pattern !== undefined && names.length > 0) throw usageError('Use either topics or --pattern.')
  if (pattern === undefined) return { kind: 'names', names: topicNames(names, options, config) }
  try {
    return { kind: 'pattern', pattern: new RegExp(pattern), prefix: options.exact ? '' : `${config.userid}.` }
  } catch (cause) {
    throw new AppError('USAGE', `Invalid value for --pattern: ${messageOf(cause)}.`, { cause })
  }
}

function formatOf({ json, jsonValues, format }: ConsumeOptions, { screen }: Cli['terminal']): RecordFormat {
  if (format !== undefined && (json || jsonValues)) throw usageError('Use either --json or --format.')
  const rendering = screen ? 'escaped' : 'bytes'
  if (json || jsonValues) return jsonFormat(jsonValues === true)
  return format === undefined ? valueFormat(rendering) : letterFormat(format, rendering)
}
