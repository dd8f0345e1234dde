import { Argument, Command } from 'commander'
import type { Cli } from '../../options/cli.ts'
import { bashCompletion, type CompletionEntry, fishCompletion, zshCompletion } from './scripts.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

const help = `
The script completes the command that "npm install --global ." installs. Append
it to ~/.bashrc for bash, or write it to a file _books in a folder of $fpath for
zsh, or to ~/.config/fish/completions/books.fish for fish.

Examples:
  npm run books -- completion bash
  npm run books -- completion zsh
  npm run books -- completion fish`

/** @param wholeProgram builds the program with all commands */
export function completionCommand(cli: Cli, wholeProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .description('Print a completion script for bash, zsh or fish.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)))
    .addHelpText('after', help)
    .action(async (shell: keyof typeof shells) => {
      cli.terminal.print(shells[shell](completedOf(await wholeProgram())).trimEnd())
    })
}

function completedOf(command: Command, path: readonly string[] = []): readonly CompletionEntry[] {
  const options = command.options.filter(({ hidden }) => !hidden).flatMap(({ long, short }) => [long, short])
  const own = {
    path,
    commands: command.commands.map((below) => ({ name: below.name(), description: below.description() })),
    options: [...options, '--help'].filter((option) => option !== undefined && option !== null),
  }
  return [own, ...command.commands.flatMap((below) => completedOf(below, [...path, below.name()]))]
}
