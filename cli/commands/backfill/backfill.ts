import { Command, Option } from 'commander'
import { bookName } from '../../../books/book-name.ts'
import { isRejection } from '../../../books/ingest/ingest.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { AppError, usageError } from '../../../lib/errors.ts'
import { printable } from '../../../lib/printable.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import type { Cli } from '../../options/cli.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { ProgressBar } from '../../terminal/progress-bar.ts'
import { plural } from '../../terminal/table.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { awaitCounts, type UploadOutcome } from '../../uploads/await-counts.ts'
import { readClient } from '../../uploads/bucket.ts'
import { countedBooks } from '../../uploads/counted-books.ts'
import { severalAtOnce } from '../../uploads/several-at-once.ts'
import { recordsInLog } from '../count/records-in-log.ts'
import { withAdmin } from '../with-admin.ts'
import { BookIngester } from './book-ingester.ts'
import { backfillByWorkflow, type WorkflowOptions } from './by-workflow.ts'
import { listObjects } from './list-objects.ts'
import { type BackfillPlan, type ListedObject, planOf } from './plan.ts'

type BackfillOptions = WorkflowOptions & {
  readonly removed?: true
  readonly dryRun?: true
  readonly json?: true
  readonly workflow?: string
}

const help = `
Backfill skips counted books, so it can be interrupted and run again, also while
the deployed ingest runs. It writes an interrupted book again, which changes no
counted line.

For a bucket of many books, --workflow starts the workflow of that stage, whose
settings are in .env.STAGE. The workflow ingests all books, counted or not,
which changes no count.

Examples:
  npm run books -- backfill
  npm run books -- backfill --prefix gutenberg/ --wait
  npm run books -- backfill --dry-run --removed
  npm run books -- backfill --workflow prod --wait`

export function backfillCommand({ terminal, cluster }: Cli): Command {
  return new Command('backfill')
    .description('Ingest books of the bucket that have no current, complete count.')
    .addOption(new Option('--prefix <text>', 'only keys with this prefix').default('', 'all keys'))
    .option('--removed', 'also remove the counts of books that were deleted from the bucket')
    .option('--dry-run', 'list the books, and change nothing')
    .option('--wait', 'exit when the lines are counted')
    .option('--json', 'print a JSON object per book: {"book", "lines"} or {"book", "error"}')
    .addOption(
      new Option('--workflow <stage>', 'use the workflow of this deployed stage').conflicts([
        ...['removed', 'dryRun', 'json'],
      ]),
    )
    .option(
      '--tolerate <percent>',
      'percentage of failed books at which the workflow stops',
      wholeNumber(0, 100),
      5,
    )
    .option('--resume', 'continue the last run of the workflow, if it failed or was stopped')
    .addHelpText('after', help)
    .action(async (options: BackfillOptions) => {
      if (options.workflow !== undefined) return await backfillByWorkflow(terminal, options.workflow, options)
      if (options.resume)
        throw usageError('--resume requires --workflow. Without --workflow, run the command again.')
      const found = await cluster()
      await recordsInLog(found)
      await backfill(found, terminal, options)
    })
}

async function backfill(config: LocalConfig, terminal: Terminal, options: BackfillOptions): Promise<void> {
  const s3 = await readClient(config)
  const ingester = new BookIngester(config, s3)
  const signal = terminal.interruption()
  try {
    const objects = await listObjects(s3, config.bucket, options.prefix)
    const counted = await withAdmin(config, (_, cluster) =>
      countedBooks(new StateReader(cluster, config.topics)),
    )
    const plan = planOf(objects, counted, options.prefix)
    const removals = options.removed ? plan.removed.map((key) => ({ key, size: 0, etag: '' })) : []
    const work = [...plan.toIngest, ...removals]
    if (options.dryRun) return report(work, plan, terminal, options)
    const etags = new Map<string, string>()
    const failed = await ingestAll(work, etags, ingester, signal, terminal, options)
    printTotals(work.length - failed, plan, terminal, options)
    if (failed > 0)
      throw new AppError(
        'PROCESS_FAILED',
        `${failed} of ${work.length} books could not be ingested. Their output lines state the reasons.`,
      )
    if (options.wait) await awaitCounts(etags, config, terminal)
  } finally {
    await ingester.close()
    s3.destroy()
  }
}

/** @returns the number of failed books */
async function ingestAll(
  work: readonly ListedObject[],
  etags: Map<string, string>,
  ingester: BookIngester,
  signal: AbortSignal,
  terminal: Terminal,
  options: BackfillOptions,
): Promise<number> {
  const bytes = work.reduce((sum, { size }) => sum + size, 0)
  const bar = new ProgressBar(terminal.drawing, `Ingesting ${plural(work.length, 'book')}`, bytes)
  let failed = 0
  const ingest = async ({ key, etag }: ListedObject) => {
    if (signal.aborted) return
    try {
      const lines = await ingester.ingest(key, signal, (read) => bar.add(read))
      if (lines) etags.set(key, etag)
      if (lines !== undefined) printBook(key, { lines }, terminal, options)
    } catch (error) {
      // Any other failure ends the command, because it would repeat.
      if (!isRejection(error) && !(error instanceof AppError && error.code === 'OBJECT_CHANGING')) throw error
      failed++
      printBook(key, { error: error.message }, terminal, options)
    }
  }
  await severalAtOnce(work, ingest).finally(() => bar.end())
  if (signal.aborted)
    throw new Interrupted('Stopped before all books were ingested. Run the command again to continue.')
  return failed
}

function printBook(
  key: string,
  outcome: UploadOutcome,
  { print }: Terminal,
  { json }: BackfillOptions,
): void {
  const book = bookName(Buffer.from(key))
  if (json) print(JSON.stringify({ book, ...outcome }))
  else print(`${printable(book)}\t${outcomeText(outcome)}`)
}

function outcomeText(outcome: UploadOutcome): string {
  if ('error' in outcome) return `failed: ${printable(outcome.error)}`
  return outcome.lines === 0 ? 'removed' : String(outcome.lines)
}

function report(
  work: readonly ListedObject[],
  plan: BackfillPlan,
  terminal: Terminal,
  options: BackfillOptions,
): void {
  for (const { key, size } of work) {
    const book = bookName(Buffer.from(key))
    terminal.print(options.json ? JSON.stringify({ book, size }) : `${printable(book)}\t${size} bytes`)
  }
  printTotals(work.length, plan, terminal, options)
}

function printTotals(
  ingested: number,
  plan: BackfillPlan,
  { info }: Terminal,
  { removed, dryRun }: BackfillOptions,
): void {
  info(
    `${dryRun ? 'Would ingest' : 'Ingested'} ${plural(ingested, 'book')}; ${plan.counted} already counted.`,
  )
  if (plan.removed.length > 0 && !removed)
    info(
      `${plan.removed.length} counted books are no longer in the bucket. Pass --removed to remove their counts.`,
    )
}
