import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { failedBooks } from '../../books/failures/failed-books.ts'
import { failureRecords } from '../../books/failures/failure-records.ts'
import { failureFolder, type LocalConfig } from '../../local/settings/config.ts'
import type { Cli } from '../options/cli.ts'
import { printTable } from '../terminal/table.ts'

export function openFailureRecords(config: LocalConfig): ReturnType<typeof failureRecords> {
  return failureRecords(config.failures ?? pathToFileURL(failureFolder(config)))
}

export function failuresCommand({ terminal, config }: Cli): Command {
  return new Command('failures')
    .description('List uploads that could not be ingested, with the reasons.')
    .option('--json', 'print a JSON object per failure: {"book", "reason", "failedAt", "id"}')
    .addHelpText(
      'after',
      '\nExample:\n  npm run books -- failures\n\nAfter the cause is removed, ingest the books again:\n  npm run books -- redrive',
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const failures = await failedBooks(openFailureRecords(config()))
      const rows = failures.map(({ book, failedAt, reason }) => [book, failedAt, reason])
      if (json) for (const failure of failures) terminal.print(JSON.stringify(failure))
      else if (failures.length === 0) terminal.info('No upload has failed.')
      else printTable(terminal, ['book', 'failed at', 'reason'], rows)
    })
}
