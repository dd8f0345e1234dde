import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import type { Cli } from './program.ts'
import { PublishedCounts } from './published-counts.ts'
import { printable, table } from './table.ts'
import type { Terminal } from './terminal.ts'

const refreshMs = 500

type Options = { readonly watch?: true; readonly json?: true }

/** `books counts`: every book with its lines. */
export function countsCommand({ terminal, config }: Cli): Command {
  return new Command('counts')
    .description('Show the published count of every book.')
    .option('-w, --watch', 'keep showing them as they change, until Ctrl-C')
    .option('--json', 'one JSON object a line: {"book", "lines"}')
    .addHelpText('after', '\nExample:\n  npm run books -- counts --watch')
    .action(async (options: Options) => {
      const counts = new PublishedCounts(config())
      try {
        if (options.watch) await watch(counts, terminal, options)
        else show(await counts.refresh(), terminal, options)
      } finally {
        await counts.close()
      }
    })
}

function show(counts: ReadonlyMap<string, number>, terminal: Terminal, options: Options): void {
  if (options.json) {
    for (const [book, lines] of counts) terminal.print(JSON.stringify({ book, lines }))
    return
  }
  if (counts.size === 0) terminal.tell('No book has a count yet. Upload one: npm run upload -- FILE')
  else for (const line of table(['book', 'lines'], [...counts, ['total', sum(counts)]])) terminal.print(line)
}

/** On a screen a live table; else a line for each book that changed, and null for one that was removed. */
async function watch(counts: PublishedCounts, terminal: Terminal, options: Options): Promise<void> {
  const interruption = terminal.interruption()
  let before: ReadonlyMap<string, number> = new Map()
  let at = performance.now()
  while (!interruption.aborted) {
    const now = await counts.refresh()
    const seconds = (performance.now() - at) / 1000
    at = performance.now()
    const { screen } = terminal
    if (screen && !options.json) screen.replace(frame(now, before, seconds, screen))
    else for (const [book, lines] of changes(now, before)) terminal.print(changeText(book, lines, options))
    before = now
    await delay(refreshMs, undefined, { signal: interruption }).catch(() => undefined)
  }
}

function changeText(book: string, lines: number | null, { json }: Options): string {
  return json ? JSON.stringify({ book, lines }) : `${printable(book)}\t${lines ?? 'removed'}`
}

export function changes(
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): readonly (readonly [book: string, lines: number | null])[] {
  const removed = [...before.keys()].filter((book) => !now.has(book)).map((book) => [book, null] as const)
  return [...[...now].filter(([book, lines]) => before.get(book) !== lines), ...removed]
}

/** As many books as fit, those that change first. */
export function frame(
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  seconds: number,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): readonly string[] {
  const rate = (lines: number) => Math.max(0, Math.round(lines / seconds))
  const books = [...now]
    .map(
      ([book, lines]) =>
        [book, lines, before.size === 0 ? 0 : rate(lines - (before.get(book) ?? 0))] as const,
    )
    .sort(([, , a], [, , b]) => b - a)
  const room = Math.max(0, rows - 4)
  const rest = books.length - room
  const totalRate = before.size === 0 ? 0 : rate(sum(now) - sum(before))
  const lines = [
    ...table(
      ['book', 'lines', 'lines/s'],
      [...books.slice(0, room), [`total of ${now.size}`, sum(now), totalRate]],
    ),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ]
  return lines.map((line) => line.slice(0, columns))
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0
  for (const lines of counts.values()) total += lines
  return total
}
