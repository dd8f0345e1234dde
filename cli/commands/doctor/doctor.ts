import { Command } from 'commander'
import { AppError } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import type { ApiAccess } from '../../stage/aws-stage.ts'
import { stageEnv } from '../../stage/stage-env.ts'
import { printable } from '../../terminal/table.ts'
import { examine } from './examine.ts'
import { examineStage } from './examine-stage.ts'
import type { Finding } from './finding.ts'

const help = `
Each line is one check: ✔, or ✖ with advice. The exit code is 1 when a check fails. With --stage it checks a deployed
stage: its stack, functions, mapping, topics, counts, alarms and discarded events.

Examples:
  npm run books -- doctor
  npm run books -- doctor --stage prod`

type DoctorOptions = ApiAccess & { readonly json?: true; readonly stage?: string }

/** `books doctor`: checks every part of the system, and prints advice for each problem. */
export function doctorCommand({ terminal, advice, config }: Cli): Command {
  return new Command('doctor')
    .description(
      'Check brokers, topics, bucket, mapping, counts and clocks, and print advice for each problem.',
    )
    .option('--stage <name>', 'a deployed stage instead; its settings are in .env.STAGE')
    .option('--api <url>', 'where the API is, if it has a domain of its own')
    .option('--token <jwt>', 'of a stage with COUNTS_ACCESS=jwt')
    .option('--json', 'one JSON object a line: {"check", "ok", "found", "advice"}')
    .addHelpText('after', help)
    .action(async ({ json, stage, ...access }: DoctorOptions) => {
      let wrong = 0
      for await (const finding of stage === undefined ? examine(config()) : deployed(stage, access)) {
        if (!finding.ok) wrong++
        if (json) terminal.print(JSON.stringify(finding))
        else for (const line of linesOf(finding)) terminal.print(advice(line))
      }
      if (wrong > 0) throw new AppError('PROCESS_FAILED', `${wrong} of these checks failed.`)
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

function linesOf({ check, ok, found, advice }: Finding): readonly string[] {
  const line = `${ok ? '✔' : '✖'} ${check.padEnd(9)}  ${printable(found)}`
  return advice === undefined ? [line] : [line, `${' '.repeat(13)}${advice}`]
}
