import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { AppError } from '../../../lib/errors.ts'
import { printable } from '../../../lib/printable.ts'
import type { Cli } from '../../options/cli.ts'
import { LiveTable, sum } from '../../terminal/live-table.ts'
import { plural, printTable } from '../../terminal/table.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { PublishedCounts } from './published-counts.ts'

const refreshMs = 500

type CountsOptions = { readonly watch?: true; readonly json?: true }

export function countsCommand({ terminal, cluster }: Cli): Command {
  return new Command('counts')
    .description('List every book and its number of lines.')
    .option('-w, --watch', 'update the list until Ctrl-C')
    .option('--json', 'print a JSON object per book: {"book", "lines"}')
    .addHelpText('after', '\nExample:\n  npm run books -- counts --watch')
    .action(async (options: CountsOptions) => {
      const counts = new PublishedCounts(await cluster(), (read, of) =>
        terminal.drawing?.draw(readingText(read, of)),
      )
      try {
        if (options.watch) await watch(counts, terminal, options)
        else show(await counts.refresh(), terminal, options)
      } finally {
        counts.close()
      }
    })
}

function readingText(read: number, of: number): string {
  const percent = of === 0 ? 100 : Math.min(100, Math.floor((read / of) * 100))
  return `Reading the counts … ${percent} %, ${read.toLocaleString('en')} updates`
}

function show(counts: ReadonlyMap<string, number>, terminal: Terminal, options: CountsOptions): void {
  if (options.json) {
    for (const [book, lines] of counts) terminal.print(JSON.stringify({ book, lines }))
    return
  }
  if (counts.size === 0) terminal.info('No book has a count yet. Upload one: npm run upload -- FILE')
  else printTable(terminal, ['book', 'lines'], [...counts, ['total', sum(counts)]])
}

/** Draws a live table on a terminal. Otherwise prints a line for each changed book (null: removed). */
async function watch(counts: PublishedCounts, terminal: Terminal, options: CountsOptions): Promise<void> {
  const interruption = terminal.interruption()
  const table = terminal.screen !== undefined && !options.json ? new LiveTable() : undefined
  terminal.drawing?.draw('Reading the counts …')
  let before: ReadonlyMap<string, number> = await counts.refresh()
  terminal.drawing?.clear()
  const show = (now: ReadonlyMap<string, number>, note?: string) => {
    const { screen } = terminal
    if (table && screen) screen.replace(table.frame(now, performance.now(), screen, note))
  }
  if (table) terminal.screen?.open()
  else for (const [book, lines] of before) terminal.print(changeText(book, lines, options))
  try {
    while (!interruption.aborted) {
      const now = await counts.refresh().catch(ignoreOutage)
      show(now ?? before, now ? undefined : 'Kafka does not respond. Retrying …')
      if (now && !table)
        for (const [book, lines] of changes(now, before)) terminal.print(changeText(book, lines, options))
      before = now ?? before
      await delay(refreshMs, undefined, { signal: interruption }).catch(() => undefined)
    }
  } finally {
    if (table) terminal.screen?.close()
  }
  if (table) terminal.info(`${plural(before.size, 'book')}, ${plural(sum(before), 'line')}.`)
}

function ignoreOutage(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE')) throw error
}

function changeText(book: string, lines: number | null, { json }: CountsOptions): string {
  return json ? JSON.stringify({ book, lines }) : `${printable(book)}\t${lines ?? 'removed'}`
}

export function changes(
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): readonly (readonly [book: string, lines: number | null])[] {
  const removed = [...before.keys()].filter((book) => !now.has(book)).map((book) => [book, null] as const)
  return [...[...now].filter(([book, lines]) => before.get(book) !== lines), ...removed]
}
