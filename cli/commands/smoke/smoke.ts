import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import type { Cli } from '../../options/cli.ts'
import { httpUrl, wholeNumber } from '../../options/option-values.ts'
import { type ApiAccess, AwsStage } from '../../stage/aws-stage.ts'
import { stageEnv } from '../../stage/stage-env.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { smokeTest } from './smoke-test.ts'

type SmokeCommandOptions = ApiAccess & {
  readonly stage: string
  readonly within: number
  readonly json?: true
}

const help = `
The book is named smoke/TIME-RANDOM.txt and removed at the end, also after a
failure or Ctrl-C. The credentials of the shell need
cloudformation:DescribeStacks, lambda:GetFunctionConfiguration, s3:PutObject,
s3:DeleteObject and execute-api:Invoke.

Example:
  npm run books -- smoke --stage prod`

export function smokeCommand({ terminal }: Cli): Command {
  return new Command('smoke')
    .description('Test a deployed stage with a small book, and time each step.')
    .requiredOption('--stage <name>', 'name of the deployed stage, whose settings are in .env.STAGE')
    .option('--within <seconds>', 'maximum duration of each step', wholeNumber(1), 120)
    .option('--api <url>', 'URL of the API, if it has its own domain', httpUrl)
    .option('--token <jwt>', 'access token, for a stage with COUNTS_ACCESS=jwt')
    .option('--json', 'print a JSON object per step: {"step", "ms", "found"}')
    .addHelpText('after', help)
    .action(async ({ stage: name, within, json, ...access }: SmokeCommandOptions) => {
      const stage = new AwsStage(name, stageEnv(name, process.env), access)
      const key = `smoke/${new Date().toISOString().replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.txt`
      const signal = terminal.interruption()
      try {
        const options = { key, lines: 100, withinMs: within * 1_000, everyMs: 500, signal }
        for await (const result of smokeTest(stage, options)) {
          const { step, ms, found } = result
          if (json) terminal.print(JSON.stringify(result))
          else terminal.print(`✔ ${step.padEnd(6)}  ${(ms / 1_000).toFixed(1).padStart(5)} s  ${found}`)
        }
      } catch (error) {
        throw signal.aborted ? new Interrupted('Stopped before the test was complete.') : error
      } finally {
        stage.close()
      }
    })
}
