import { Command } from 'commander'
import { AppError } from '../../../lib/errors.ts'
import { printable } from '../../../lib/printable.ts'
import type { Cli } from '../../options/cli.ts'
import { httpUrl } from '../../options/option-values.ts'
import type { ApiAccess } from '../../stage/aws-stage.ts'
import { stageEnv } from '../../stage/stage-env.ts'
import { plural, wrapped } from '../../terminal/table.ts'
import { examine } from './examine.ts'
import { examineStage } from './examine-stage.ts'
import type { Finding } from './finding.ts'

const help = `
Each line is one check: ✔, or ✖ with advice. The exit code is 1 if a check
fails. With --stage, doctor checks a deployed stage: its stack, functions,
mapping, topics, counts, alarms and failed events.

Examples:
  npm run books -- doctor
  npm run books -- doctor --stage prod`

type DoctorOptions = ApiAccess & { readonly json?: true; readonly stage?: string }

export function doctorCommand({ terminal, advice, config }: Cli): Command {
  return new Command('doctor')
    .description('Check every part, and report problems with advice.')
    .option('--stage <name>', 'check this deployed stage, whose settings are in .env.STAGE')
    .option('--api <url>', 'URL of the API, if it has its own domain', httpUrl)
    .option('--token <jwt>', 'access token, for a stage with COUNTS_ACCESS=jwt')
    .option('--json', 'print a JSON object per check: {"check", "ok", "found", "advice"}')
    .addHelpText('after', help)
    .action(async ({ json, stage, ...access }: DoctorOptions) => {
      let wrong = 0
      for await (const finding of stage === undefined ? examine(config()) : deployed(stage, access)) {
        if (!finding.ok) wrong++
        if (json) terminal.print(JSON.stringify(finding))
        else for (const line of linesOf(finding, advice, terminal.screen?.columns)) terminal.print(line)
      }
      if (wrong > 0)
        throw new AppError('PROCESS_FAILED', `${plural(wrong, 'check')} failed. Follow the advice above.`)
    })
}

async function* deployed(name: string, access: ApiAccess): AsyncGenerator<Finding> {
  const env = stageEnv(name, process.env)
  const { AwsStage } = await import('../../stage/aws-stage.ts')
  const stage = new AwsStage(name, env, access)
  try {
    yield* examineStage(stage, env)
  } finally {
    stage.close()
  }
}

const indent = ' '.repeat(13)

/** @param width of the terminal, if any */
function linesOf(
  { check, ok, found, advice }: Finding,
  withCommands: (text: string) => string,
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const texts = [found, ...(advice === undefined ? [] : [withCommands(advice)])]
  const lines = texts.flatMap((text) => wrapped(printable(text), width - indent.length))
  const head = `${ok ? '✔' : '✖'} ${check.padEnd(9)}  `
  return lines.map((line, i) => (i === 0 ? head : indent) + line)
}
