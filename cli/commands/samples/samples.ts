import { Command } from 'commander'
import type { Cli } from '../../options/cli.ts'
import { uploadBooks } from '../upload/upload-books.ts'
import { gutenbergBooks, mobyDickChapters } from './sample-books.ts'

/** `books samples`: uploads sample books. */
export function samplesCommand({ terminal, config }: Cli): Command {
  return new Command('samples')
    .description(
      'Upload sample books: ten of Project Gutenberg, or the chapters of Moby-Dick where that is out of reach.',
    )
    .option('--wait', 'until their lines are counted')
    .addHelpText('after', '\nExample:\n  npm run books -- samples --wait')
    .action(async (options: { readonly wait?: true }) => {
      let books = await gutenbergBooks()
      if (!books) {
        terminal.tell('Project Gutenberg is out of reach: the chapters of Moby-Dick instead.')
        books = mobyDickChapters()
      }
      await uploadBooks(books, config(), terminal, options)
    })
}
