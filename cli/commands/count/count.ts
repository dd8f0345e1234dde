import { Command, Option } from 'commander'
import { bookName } from '../../../books/book-name.ts'
import type { Config } from '../../../books/config.ts'
import type { Update } from '../../../books/count/ledger.ts'
import type { Cli } from '../../options/cli.ts'
import { topicName } from '../../options/topic-name.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { printable } from '../../terminal/table.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { progressOf } from './backlog.ts'
import { CountProgress, type CountTotals } from './count-progress.ts'
import { OwnCount } from './own-count.ts'
import { recordsInLog } from './records-in-log.ts'
import { SharedCount } from './shared-count.ts'
import { ensureStateTopic } from './state-topic.ts'
import { UpdateTopic } from './update-topic.ts'

type CountOptions = {
  readonly fromBeginning?: true
  readonly untilEnd?: true
  readonly to?: string
  readonly exact?: true
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
    .option('--json', 'print the totals as JSON; with --dry-run {"book", "lines"} per update')
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

async function countShared(config: Config, terminal: Terminal, options: CountOptions): Promise<void> {
  const progress = new CountProgress(terminal, 'published')
  const again = options.fromBeginning === true
  const totals = await sharedCount(config, terminal, progress, { again, follow: !options.untilEnd })
  progress.ended(totals)
  if (options.json) terminal.print(JSON.stringify(totals))
}

/** Counts to the log end; with `follow`, counts until Ctrl-C. */
export async function sharedCount(
  config: Config,
  terminal: Terminal,
  progress: CountProgress,
  { again, follow }: { readonly again: boolean; readonly follow: boolean },
): Promise<CountTotals> {
  await ensureStateTopic(config)
  const signal = terminal.interruption()
  const info = (line: string) => progress.info(line)
  const count = new SharedCount(config, { again, signal, info, log: progress.log() })
  let totals: CountTotals = { books: 0, lines: 0, published: 0 }
  try {
    await count.run(follow, (look, done) => {
      const { books, lines } = look.counts
      totals = { books: books.size, lines, published: count.published }
      if (!done) progress.counting(progressOf(look))
      else if (follow) progress.counted(totals)
    })
  } finally {
    await count.close()
  }
  if (signal.aborted && !follow) throw interruptedCount(terminal, 'Run the command again to continue.')
  return { ...totals, published: count.published }
}

export function interruptedCount({ info }: Terminal, next: string): Interrupted {
  info(`Stopped before all lines were counted. ${next}`)
  return new Interrupted()
}

async function countInto(
  name: string,
  config: Config,
  terminal: Terminal,
  options: CountOptions,
): Promise<void> {
  const topic = topicName(name, options.exact === true, config)
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
  if (signal.aborted && options.untilEnd) throw interruptedCount(terminal, 'Run it again.')
  progress.ended(totals())
  if (options.json && options.to !== undefined) terminal.print(JSON.stringify(totals()))
}
