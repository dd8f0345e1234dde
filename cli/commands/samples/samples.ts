import { Command } from 'commander'
import type { Cli } from '../../options/cli.ts'
import { type UploadOptions, uploadBooks, uploadJsonHelp } from '../upload/upload-books.ts'
import { gutenbergBooks, mobyDickChapters } from './sample-books.ts'

export function samplesCommand({ terminal, config }: Cli): Command {
  return new Command('samples')
    .description('Upload ten books of Project Gutenberg, or chapters of Moby-Dick.')
    .option('--wait', 'exit when their lines are counted')
    .option('--json', uploadJsonHelp)
    .addHelpText('after', '\nExample:\n  npm run books -- samples --wait')
    .action(async (options: UploadOptions) => {
      let books = await gutenbergBooks()
      if (!books) {
        terminal.info('Project Gutenberg is unavailable. Uploading chapters of Moby-Dick instead.')
        books = mobyDickChapters()
      }
      await uploadBooks(books, config(), terminal, options)
    })
}
