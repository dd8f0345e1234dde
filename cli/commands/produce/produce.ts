import { Command } from 'commander'
import { usageError } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import { escapedText, type KeyValues, keyValue, wholeNumber } from '../../options/option-values.ts'
import { type ExactOption, exactHelp, topicHelp, topicName } from '../../options/topic-name.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { ProgressBar } from '../../terminal/progress-bar.ts'
import { type Input, inputsOf } from './inputs.ts'
import { type KeyOptions, lineReader, requireOneKey } from './line-record.ts'
import { produceLines } from './produce-lines.ts'
import { type Acknowledged, Sender } from './sender.ts'

type ProduceOptions = ExactOption &
  KeyOptions & {
    readonly topic?: string
    readonly nullMarker?: string
    readonly headers?: KeyValues
    readonly partition?: number
    readonly json?: true
  }

const examples = `
Examples:
  npm run books -- produce test1 moby-dick.txt
  npm run books -- produce books *.txt --key-from-file-name
  printf 'a:1\\nb:2\\n' | npm run books -- produce test1 --key-separator :`

export function produceCommand({ terminal, cluster }: Cli): Command {
  return new Command('produce')
    .description('Send each line as a message, and report the acknowledged ones.')
    .argument('[topic]', `${topicHelp}; with --topic, the first file`)
    .argument('[file...]', 'files to read in sequence (default: standard input, also "-")')
    .option('-t, --topic <name>', 'name of the topic')
    .option('-k, --key <text>', 'key of every message (default: no key, any partition)')
    .option('--key-from-file-name', 'use the name of the file, without folders, as the key')
    .option('-K, --key-separator <text>', 'text between key and value in a line (\\t is a tab)', escapedText)
    .option('--null-marker <text>', 'a key or value that equals this text is null')
    .option('-H, --headers <name=value>', 'header of every message (repeatable)', keyValue)
    .option('-p, --partition <number>', 'partition of every message, regardless of its key', wholeNumber(0))
    .option('--exact', exactHelp)
    .option('--json', 'print the result as JSON: {"topic", "acknowledged", "partitions"}')
    .addHelpText('after', examples)
    .action(async (first: string | undefined, rest: readonly string[], options: ProduceOptions) => {
      const [name, files] = topicAndFiles(first, rest, options)
      const found = await cluster()
      const topic = topicName(name, options, found)
      const inputs = inputsOf(files, terminal)
      requireOneKey(options)
      const nullMarker = options.nullMarker === undefined ? undefined : Buffer.from(options.nullMarker)
      const sources = inputs.map((input) => ({ input, readLine: lineReader(input, options, nullMarker) }))
      const interruption = terminal.interruption()
      const headers = (options.headers ?? []).map(([key, value]) => [key, Buffer.from(value)] as const)
      const sender = await Sender.open(found, topic, { partition: options.partition, headers })
      const bar = progressBar(inputs, terminal)
      try {
        try {
          for (const { input, readLine } of sources) {
            if (!interruption.aborted)
              await produceLines(input, readLine, sender, (bytes) => bar?.add(bytes), interruption)
          }
        } finally {
          // Reports the records that are written, also after a failure.
          const acknowledged = await sender.settled()
          bar?.end()
          printAcknowledged(topic, acknowledged, options, terminal)
        }
        sender.check()
      } finally {
        await sender.close()
      }
      if (interruption.aborted) throw new Interrupted()
    })
}

/** @throws USAGE when no topic is given */
function topicAndFiles(
  first: string | undefined,
  rest: readonly string[],
  { topic }: ProduceOptions,
): readonly [topic: string, files: readonly string[]] {
  if (topic !== undefined) return [topic, first === undefined ? [] : [first, ...rest]]
  if (first !== undefined) return [first, rest]
  throw usageError(
    "error: missing required argument 'topic'. Run 'npm run books -- produce --help' for usage.",
  )
}

function progressBar(inputs: readonly Input[], { drawing }: Cli['terminal']): ProgressBar | undefined {
  let bytes = 0
  for (const input of inputs) {
    if (input.bytes === undefined) return undefined
    bytes += input.bytes
  }
  return new ProgressBar(drawing, 'Sending', bytes)
}

function printAcknowledged(
  topic: string,
  { total, partitions }: Acknowledged,
  { json }: ProduceOptions,
  { print, info }: Cli['terminal'],
): void {
  const counts = [...partitions].map(([partition, acknowledged]) => ({ partition, acknowledged }))
  if (json) {
    print(JSON.stringify({ topic, acknowledged: total, partitions: counts }))
    return
  }
  const messages = `${total.toLocaleString('en')} ${total === 1 ? 'message' : 'messages'}`
  const where = counts.map(
    ({ partition, acknowledged }) => `${partition}: ${acknowledged.toLocaleString('en')}`,
  )
  info(
    `${messages} acknowledged in ${topic}${where.length > 0 ? ` (by partition ${where.join(', ')})` : ''}.`,
  )
}
