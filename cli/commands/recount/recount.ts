import { Command } from 'commander'
import { bookKey } from '../../../books/book-name.ts'
import type { Config } from '../../../books/config.ts'
import { printable } from '../../../lib/printable.ts'
import type { Cli } from '../../options/cli.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { countShared, interruptedCount } from '../count/count.ts'
import { CountProgress } from '../count/count-progress.ts'
import { recordsInLog } from '../count/records-in-log.ts'
import { ensureStateTopic } from '../count/state-topic.ts'
import { recountBook } from './recount-book.ts'

type RecountCommandOptions = { readonly json?: true }

export function recountCommand({ terminal, cluster }: Cli): Command {
  return new Command('recount')
    .description('Count everything, or one book, again from the lines.')
    .argument('[book]', 'recount only this book, and publish its count once')
    .option('--json', 'print the totals as JSON; for one book: {"book", "partition", "lines"}')
    .addHelpText('after', help)
    .action(async (book: string | undefined, options: RecountCommandOptions) => {
      const config = await cluster()
      if (book !== undefined) return await recountOne(config, book, terminal, options)
      await recordsInLog(config)
      await countShared(config, terminal, { ...options, fromBeginning: true, untilEnd: true })
    })
}

const help = `
Without a book, recount publishes every update again, from 1. It can be
interrupted and run again, also while the deployed function counts: the next
counter continues the recount.

Examples:
  npm run books -- recount
  npm run books -- recount pg20417.txt`

async function recountOne(
  config: Config,
  book: string,
  terminal: Terminal,
  options: RecountCommandOptions,
): Promise<void> {
  const progress = new CountProgress(terminal, 'published')
  const of = await recordsInLog(config)
  await ensureStateTopic(config)
  let counted = 0
  const onProgress = (more: number) => {
    counted += more
    progress.counting({ counted, of })
  }
  const signal = terminal.interruption()
  const parts = await recountBook(config, bookKey(book), { log: progress.log(), signal, onProgress })
    .catch((error: unknown) => {
      throw signal.aborted ? interruptedCount('Nothing was changed.') : error
    })
    .finally(() => terminal.drawing?.clear())
  for (const { partition, lines } of parts) {
    if (options.json) terminal.print(JSON.stringify({ book, partition, lines }))
    else terminal.print(`${printable(book)}\t${lines ?? 'removed'}`)
  }
}
