import { Command } from 'commander'
import type { LocalConfig } from '../local/config.ts'
import { countsCommand } from './counts.ts'
import { eventCommand } from './event.ts'
import { samplesCommand } from './samples.ts'
import type { Terminal } from './terminal.ts'
import { topicsCommand } from './topics.ts'
import { uploadCommand } from './upload.ts'

/** What every command is given. `config` is read when a command runs, so that help needs none. */
export type Cli = { readonly terminal: Terminal; readonly config: () => LocalConfig }

/** The whole command line; each noun has a file of its own. */
export function booksProgram(cli: Cli): Command {
  const program = new Command('books')
    .description('Upload books and look at their line counts.')
    .addCommand(topicsCommand(cli))
    .addCommand(countsCommand(cli))
    .addCommand(uploadCommand(cli))
    .addCommand(samplesCommand(cli))
    .addCommand(eventCommand(cli))
  settle(program, cli)
  return program
}

/** Commander does not hand these settings down to commands that were made apart. */
function settle(command: Command, cli: Cli): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.print(text.trimEnd()),
      writeErr: (text) => cli.terminal.tell(text.trimEnd()),
    })
    .showHelpAfterError('Add --help for what can be said.')
  for (const below of command.commands) settle(below, cli)
}
