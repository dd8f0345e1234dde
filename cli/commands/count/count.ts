import { Command, Option } from 'commander'
import { bookName } from '../../../books/book-name.ts'
import type { Config } from '../../../books/config.ts'
import type { Update } from '../../../books/count/ledger.ts'
import { printable } from '../../../lib/printable.ts'
import type { Cli } from '../../options/cli.ts'
import { type ExactOption, topicName } from '../../options/topic-name.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { progressOf } from './backlog.ts'
import { CountProgress, type CountTotals } from './count-progress.ts'
import { OwnCount } from './own-count.ts'
import { recordsInLog } from './records-in-log.ts'
import { SharedCount } from './shared-count.ts'
import { ensureStateTopic } from './state-topic.ts'
import { UpdateTopic } from './update-topic.ts'

type CountOptions = ExactOption & {
  readonly fromBeginning?: true
  readonly untilEnd?: true
  readonly to?: string
  readonly dryRun?: true
  readonly json?: true
}

export function countCommand({ terminal, cluster }: Cli): Command {
  return new Command('count')
    .description('Count the lines of each book, and publish every update.')
    .option('--from-beginning', 'count all lines again, and publish every update again')
    .option('--until-end', 'exit at the current end of the topic, instead of at Ctrl-C')
    .addOption(
      new Option('--to <topic>', 'publish to this topic, and do not change the shared counts').conflicts([
        'fromBeginning',
        'dryRun',
      ]),
    )
    .option('--exact', 'do not prefix the name of that topic with the user id')
    .option('--dry-run', 'print the updates, and publish nothing')
    .option('--json', 'print the totals as JSON; with --dry-run: {"book", "lines"} per update')
    .addHelpText('after', help)
    .action(async (options: CountOptions) => {
      const found = await cluster()
      await recordsInLog(found)
      if (options.to !== undefined) await countInto(options.to, found, terminal, options)
      else if (options.dryRun) await printUpdates(found, terminal, options)
      else await countShared(found, terminal, options)
    })
}

const help = `
Counting resumes at the offsets of the deployed function. Both can run at the
same time: only one of them counts a partition at a time.

Examples:
  npm run books -- count --until-end
  npm run books -- count --from-beginning --until-end
  npm run books -- count --to my-counts --until-end
  npm run books -- count --dry-run --from-beginning --until-end | tail`

/** Counts until Ctrl-C; with `untilEnd`, counts to the log end. */
export async function countShared(config: Config, terminal: Terminal, options: CountOptions): Promise<void> {
  await ensureStateTopic(config)
  const { fromBeginning: again = false, untilEnd = false } = options
  const progress = new CountProgress(terminal, 'published')
  const signal = terminal.interruption()
  const info = (line: string) => progress.info(line)
  const count = new SharedCount(config, { again, signal, info, log: progress.log() })
  let totals: CountTotals = { books: 0, lines: 0, published: 0 }
  try {
    await count.run(!untilEnd, (snapshot, done) => {
      const { books, lines } = snapshot.counts
      totals = { books: books.size, lines, published: count.published }
      if (!done) progress.counting(progressOf(snapshot))
      else if (!untilEnd) progress.counted(totals)
    })
  } finally {
    await count.close()
  }
  if (signal.aborted && untilEnd) throw interruptedCount('Run the command again to continue.')
  totals = { ...totals, published: count.published }
  progress.ended(totals)
  if (options.json) terminal.print(JSON.stringify(totals))
}

export function interruptedCount(next: string): Interrupted {
  return new Interrupted(`Stopped before all lines were counted. ${next}`)
}

async function countInto(
  name: string,
  config: Config,
  terminal: Terminal,
  options: CountOptions,
): Promise<void> {
  const topic = topicName(name, options, config)
  const updates = await UpdateTopic.open(config, topic)
  try {
    await ownCount(config, terminal, `published to ${topic}`, options, (found) => updates.publish(found))
  } finally {
    await updates.close()
  }
}

async function printUpdates(config: Config, terminal: Terminal, options: CountOptions): Promise<void> {
  await ownCount(config, terminal, 'printed, none published', options, async (updates) => {
    for (const update of updates) terminal.print(updateText(update, options))
  })
}

function updateText({ book, count }: Update, { json }: CountOptions): string {
  const name = bookName(Buffer.from(book, 'base64'))
  return json ? JSON.stringify({ book: name, lines: count }) : `${printable(name)}\t${count ?? 'removed'}`
}

async function ownCount(
  config: Config,
  terminal: Terminal,
  publishedAs: string,
  options: CountOptions,
  publish: (updates: readonly Update[]) => Promise<void>,
): Promise<void> {
  const progress = new CountProgress(terminal, publishedAs)
  const signal = terminal.interruption()
  let published = 0
  const count = new OwnCount(config, {
    fromBeginning: options.fromBeginning === true || options.to !== undefined,
    signal,
    publish: async (updates) => {
      await publish(updates)
      published += updates.length
    },
  })
  const totals = () => ({ ...count.totals(), published })
  try {
    await count.run(!options.untilEnd, () => {
      if (!options.untilEnd) progress.counted(totals())
    })
  } finally {
    await count.close()
  }
  if (signal.aborted && options.untilEnd) throw interruptedCount('Run it again.')
  progress.ended(totals())
  if (options.json && options.to !== undefined) terminal.print(JSON.stringify(totals()))
}
