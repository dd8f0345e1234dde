import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { AppError, usageError } from '../lib/errors.ts'
import { printableText } from '../lib/printable.ts'
import type { Env } from '../lib/settings.ts'
import type { LocalConfig } from '../local/settings/config.ts'
import { requireBroker } from '../local/settings/reachable.ts'
import { optionTakenByNpm } from '../local/terminal/npm-options.mjs'
import type { Cli } from './options/cli.ts'
import { settingsOf } from './options/kafka-properties.ts'
import { alias } from './options/option-aliases.ts'
import { type KeyValues, keyValue } from './options/option-values.ts'
import { checkedStageEnv } from './stage/stage-env.ts'
import { programNames, type StartedAs, withCommands } from './terminal/advice.ts'
import { exitCodeOf, exitCodes, Interrupted } from './terminal/exit-code.ts'
import type { Terminal } from './terminal/terminal.ts'

const brokerWithinMs = 5_000

export type ProgramEnvironment = Pick<Cli, 'terminal'> & {
  /** @param given settings from options, which override the environment */
  readonly config: (given: Env) => LocalConfig
  readonly started?: StartedAs
  readonly env?: Env
}

/** Returns the exit code. @param args arguments without the program's name */
export async function runBooks(
  args: readonly string[],
  { terminal: plain, config, started = 'npm', env = {} }: ProgramEnvironment,
): Promise<number> {
  const advice = (text: string) => withCommands(text, started)
  const terminal = advising(plain, advice)
  let given: Env = {}
  let stage: string | undefined
  const settings = () => config({ ...(stage !== undefined && checkedStageEnv(stage, env)), ...given })
  const cluster = async () => {
    const found = settings()
    await requireBroker(found.brokers, '', brokerWithinMs)
    return found
  }
  const cli = { terminal, advice, config: settings, cluster }
  try {
    const program = (await programWith(cli, nounsIn(args), programNames[started])).hook(
      'preAction',
      (_, command) => {
        if (started === 'npm') requirePassedOptions(command, env)
        const options = command.optsWithGlobals<{ brokers?: string; X?: KeyValues; stage?: string }>()
        const { brokers, X } = options
        stage = options.stage
        given = { ...settingsOf(X ?? []), ...(brokers !== undefined && { BROKERS: brokers }) }
      },
    )
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    const message = sentencesOf(error, stage)
    if (message !== '') terminal.info(message)
    return exitCodeOf(error)
  }
}

/** @throws USAGE when npm took an option of the command */
function requirePassedOptions({ options }: Command, env: Env): void {
  const names = options.flatMap(({ long }) => long ?? [])
  const taken = optionTakenByNpm(names, env)
  if (taken === undefined) return
  throw usageError(
    `npm took the option ${taken}. Write "--" before all arguments, as in: npm run books -- counts --watch`,
  )
}

/** Inherits from `terminal`, so that its getters keep working. Escapes control characters, which names can contain. */
function advising(terminal: Terminal, advice: (text: string) => string): Terminal {
  const info = (line: string) => terminal.info(printableText(advice(line)))
  return Object.create(terminal, { info: { value: info } })
}

function sentencesOf(error: unknown, stage: string | undefined): string {
  if (error instanceof CommanderError) return '' // Commander has reported it
  if (error instanceof Interrupted) return error.message
  if (!(error instanceof AppError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (error.code !== 'KAFKA_UNAVAILABLE') return error.message
  if (stage !== undefined) return `${error.message} Run the command on a machine that reaches the brokers.`
  return `${error.message} Start the local cloud with "npm start", or name a cluster with --brokers or BROKERS.`
}

const examples = `
Examples:
  npm run upload -- moby-dick.txt --wait
  npm run books -- counts

Each command has its own --help.`

const headings: Readonly<Record<string, Readonly<Record<string, () => Promise<(cli: Cli) => Command>>>>> = {
  'Books:': {
    upload: async () => (await import('./commands/upload/upload.ts')).uploadCommand,
    samples: async () => (await import('./commands/samples/samples.ts')).samplesCommand,
    counts: async () => (await import('./commands/counts/counts.ts')).countsCommand,
    failures: async () => (await import('./commands/failures.ts')).failuresCommand,
    redrive: async () => (await import('./commands/redrive.ts')).redriveCommand,
    backfill: async () => (await import('./commands/backfill/backfill.ts')).backfillCommand,
  },
  'Counting:': {
    count: async () => (await import('./commands/count/count.ts')).countCommand,
    recount: async () => (await import('./commands/recount/recount.ts')).recountCommand,
    event: async () => (await import('./commands/event/event.ts')).eventCommand,
  },
  'Kafka:': {
    topics: async () => (await import('./commands/topics/topics.ts')).topicsCommand,
    groups: async () => (await import('./commands/groups/groups.ts')).groupsCommand,
    produce: async () => (await import('./commands/produce/produce.ts')).produceCommand,
    consume: async () => (await import('./commands/consume/consume.ts')).consumeCommand,
  },
  'Operation:': {
    doctor: async () => (await import('./commands/doctor/doctor.ts')).doctorCommand,
    smoke: async () => (await import('./commands/smoke/smoke.ts')).smokeCommand,
    page: async () => (await import('./commands/page.ts')).pageCommand,
    completion: async () => {
      const { completionCommand } = await import('./commands/completion/completion.ts')
      return (cli) => completionCommand(cli, () => wholeProgram(cli))
    },
  },
}

const clusterNouns = ['count', 'recount', 'topics', 'groups', 'produce', 'consume']
const stageOption = ['--stage <name>', 'use a deployed stage, whose settings are in .env.STAGE'] as const

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands
}

const nouns = Object.values(headings).flatMap((commands) => Object.keys(commands))

/** Returns only the given noun, if any, because loading all nouns doubles the start time. */
function nounsIn([noun = '']: readonly string[]): readonly string[] {
  return nouns.includes(noun) ? [noun] : nouns
}

export async function wholeProgram(cli: Cli): Promise<Command> {
  return programWith(cli, nouns, programNames.books)
}

async function programWith(cli: Cli, loaded: readonly string[], name: string): Promise<Command> {
  const program = new Command(name)
    .description('Upload books, read their line counts, and use Kafka.')
    .version(version(), '-V, --version', 'print the version')
    .commandsGroup('Operation:')
  for (const [heading, commands] of Object.entries(headings))
    for (const [noun, load] of Object.entries(commands)) {
      if (!loaded.includes(noun)) continue
      const command = (await load())(cli).helpGroup(heading)
      if (clusterNouns.includes(noun)) for (const each of leavesOf(command)) each.option(...stageOption)
      program.addCommand(command)
    }
  program.addHelpText('after', examples)
  configureCommand(program, cli, name)
  return program
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return version
}

/** Commander does not pass these settings to separately created commands. */
function configureCommand(command: Command, cli: Cli, path: string): void {
  command
    .exitOverride()
    .configureHelp({ subcommandTerm: (below) => below.name() })
    .configureOutput({
      writeOut: (text) => cli.terminal.print(cli.advice(text.trimEnd())),
      writeErr: (text) => cli.terminal.info(text.trimEnd()),
    })
    .showHelpAfterError(`Run '${path} --help' for usage.`)
  if (command.commands.length === 0 || command.parent === null) {
    command.option('-b, --brokers <host:port,…>', 'brokers of the cluster (default: BROKERS)')
    alias(command, '--bootstrap-server', 'brokers')
    command.option('-X <name=value>', 'setting by the name of its librdkafka property (repeatable)', keyValue)
  }
  for (const below of command.commands) configureCommand(below, cli, `${path} ${below.name()}`)
}
