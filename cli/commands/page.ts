import { once } from 'node:events'
import { Command } from 'commander'
import type { Cli } from '../options/cli.ts'
import { httpUrl, wholeNumber } from '../options/option-values.ts'
import { type ApiAccess, AwsStage } from '../stage/aws-stage.ts'
import { signingProxy } from '../stage/signing-proxy.ts'
import { stageEnv } from '../stage/stage-env.ts'

type PageOptions = ApiAccess & { readonly stage: string; readonly port: number }

const help = `
By default, the API of a stage rejects unsigned requests. This command signs the
requests of a browser on this machine with the credentials of the shell, and
forwards them to the API. The credentials need execute-api:Invoke and, without
--api, cloudformation:DescribeStacks.

Example:
  npm run books -- page --stage prod`

export function pageCommand({ terminal }: Cli): Command {
  return new Command('page')
    .description('Serve the page of a deployed stage on this machine, and sign its requests.')
    .requiredOption('--stage <name>', 'name of the deployed stage, whose settings are in .env.STAGE')
    .option('--port <number>', 'local port of the page', wholeNumber(1, 65_535), 8080)
    .option('--api <url>', 'URL of the API, if it has its own domain', httpUrl)
    .option('--token <jwt>', 'access token, for a stage with COUNTS_ACCESS=jwt')
    .addHelpText('after', help)
    .action(async ({ stage: name, port, ...access }: PageOptions) => {
      const stage = new AwsStage(name, stageEnv(name, process.env), access)
      const proxy = await signingProxy(await stage.api(), port).finally(() => stage.close())
      terminal.info(`The page of ${name}: http://127.0.0.1:${port}. Ctrl-C stops.`)
      const signal = terminal.interruption()
      await once(signal, 'abort')
      await proxy.close()
    })
}
