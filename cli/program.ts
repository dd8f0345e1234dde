import { Command, CommanderError } from 'commander'
import { AppError } from '../lib/errors.ts'
import type { Env } from '../lib/settings.ts'
import type { LocalConfig } from '../local/config.ts'
import { requireBroker } from '../local/reachable.ts'
import { exitCodeOf, exitCodes, Interrupted } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/**
 * Dependencies of every command. `config` is read when a command runs, so that help works without it. `cluster` returns
 * the configuration after a quick check that a broker responds.
 */
export type Cli = {
  readonly terminal: Terminal
  readonly config: () => LocalConfig
  /** @throws KAFKA_UNAVAILABLE */
  readonly cluster: () => Promise<LocalConfig>
}

const brokerWithinMs = 5_000

/** `config` reads the configuration; `said` are settings from options, which override the environment. */
export type Surroundings = Pick<Cli, 'terminal'> & { readonly config: (said: Env) => LocalConfig }

/**
 * Runs one command, and prints its error.
 * @param args as typed, without the program's own name
 * @returns the exit code
 */
export async function runBooks(args: readonly string[], { terminal, config }: Surroundings): Promise<number> {
  let said: Env = {}
  const cluster = async () => {
    const found = config(said)
    await requireBroker(found.brokers, '', brokerWithinMs)
    return found
  }
  const cli = { terminal, config: () => config(said), cluster }
  const program = (await booksProgram(cli, args)).hook('preAction', (_, command) => {
    const { brokers } = command.optsWithGlobals<{ brokers?: string }>()
    if (brokers !== undefined) said = { BROKERS: brokers }
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // Commander has printed its own errors.
    if (!(error instanceof CommanderError || error instanceof Interrupted)) terminal.tell(sentencesOf(error))
    return exitCodeOf(error)
  }
}

function sentencesOf(error: unknown): string {
  if (!(error instanceof AppError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (error.code !== 'KAFKA_UNAVAILABLE') return error.message
  return `${error.message} Start the local cloud with "npm start", or name a cluster with --brokers or BROKERS.`
}

const examples = `
Examples:
  npm run upload -- moby-dick.txt --wait
  npm run books -- counts

Each command has a --help of its own.`

/** Each noun has a file of its own, in the order of `--help`. */
const commands: Readonly<Record<string, () => Promise<(cli: Cli) => Command>>> = {
  topics: async () => (await import('./topics.ts')).topicsCommand,
  produce: async () => (await import('./produce.ts')).produceCommand,
  consume: async () => (await import('./consume.ts')).consumeCommand,
  counts: async () => (await import('./counts.ts')).countsCommand,
  count: async () => (await import('./count.ts')).countCommand,
  recount: async () => (await import('./recount.ts')).recountCommand,
  backfill: async () => (await import('./backfill.ts')).backfillCommand,
  upload: async () => (await import('./upload.ts')).uploadCommand,
  samples: async () => (await import('./samples.ts')).samplesCommand,
  event: async () => (await import('./event.ts')).eventCommand,
  failures: async () => (await import('./failures.ts')).failuresCommand,
  redrive: async () => (await import('./redrive.ts')).redriveCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  smoke: async () => (await import('./smoke.ts')).smokeCommand,
  page: async () => (await import('./page.ts')).pageCommand,
}

/**
 * Builds the program with the noun in `args`, or with all nouns. Loading all of them would double the start time of a
 * command.
 */
async function booksProgram(cli: Cli, args: readonly string[]): Promise<Command> {
  const program = new Command('books').description('Upload books and look at their line counts.')
  const [said = ''] = args
  const needed = Object.hasOwn(commands, said) ? [said] : Object.keys(commands)
  for (const noun of needed) program.addCommand((await commands[noun]!())(cli))
  program.addHelpText('after', examples)
  settle(program, cli)
  return program
}

/** Sets up a command and its subcommands, because Commander does not pass these settings to separately created commands. */
function settle(command: Command, cli: Cli): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.print(text.trimEnd()),
      writeErr: (text) => cli.terminal.tell(text.trimEnd()),
    })
    .showHelpAfterError('Add --help for what can be said.')
  if (command.commands.length === 0 || command.parent === null) {
    command.option('--brokers <host:port,…>', 'the cluster, instead of BROKERS')
  }
  for (const below of command.commands) settle(below, cli)
}
