/**
 * `npm run kafka -- TOOL [ARGUMENT…]`: runs Apache Kafka's tools on the cluster of the settings or of a running
 * `npm start`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { usageError } from '../lib/errors.ts'
import {
  type ApacheToolName,
  apacheToolArguments,
  apacheToolNamed,
  apacheTools,
} from './kafka/apache-tools.ts'
import { javaEnvironment } from './programs/java.ts'
import { runMain } from './run-main.ts'
import { readLocalConfig } from './settings/config.ts'
import { withRunningSettings } from './settings/running-settings.ts'
import { onInterrupt } from './terminal/interrupts.ts'

const project = fileURLToPath(new URL('..', import.meta.url))

const usage = `Usage: npm run kafka -- TOOL [ARGUMENT…]

Runs one of Apache Kafka's own tools. By default, --bootstrap-server is the
cluster of BROKERS or of a running "npm start". For the help of a tool, run
npm run kafka -- TOOL --help

Tools (the name of Apache's script, as in kafka-topics.sh, is accepted too):
${Object.keys(apacheTools)
  .map((name) => `  ${name}`)
  .join('\n')}

Examples:
  npm run kafka -- topics --list
  npm run kafka -- topics --create --topic ada.test1 --partitions 5
  npm run --silent kafka -- console-producer --topic ada.test1 < book.txt
  npm run --silent kafka -- console-consumer --topic ada.test1 --from-beginning
  npm run kafka -- consumer-groups --describe --all-groups`

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(usage)
    return 0
  }
  const tool = apacheToolNamed(name)
  if (tool === undefined) {
    const names = Object.keys(apacheTools).join(', ')
    throw usageError(`There is no tool "${name}". Run 'npm run kafka -- --help' for usage. Tools: ${names}.`)
  }
  return await run(tool, withBrokers(tool, args))
}

function withBrokers(tool: ApacheToolName, args: readonly string[]): readonly string[] {
  const isGiven = args.some((arg) => /^--(bootstrap-(server|controller)|help|version)(=|$)/.test(arg))
  // dump-log reads files.
  if (tool === 'dump-log' || isGiven) return args
  const { brokers } = readLocalConfig(withRunningSettings(process.env, project), project)
  return ['--bootstrap-server', brokers.join(','), ...args]
}

async function run(tool: ApacheToolName, args: readonly string[]): Promise<number> {
  const child = spawn('java', apacheToolArguments(tool, args), { env: javaEnvironment(), stdio: 'inherit' })
  let isInterrupted = false
  const interrupt = () => {
    isInterrupted = true
    // A terminal's Ctrl-C reaches the tool; other signals reach only this process.
    child.kill('SIGTERM')
  }
  onInterrupt({ first: interrupt, again: () => child.kill('SIGKILL') })
  const [code] = await once(child, 'exit')
  // Ctrl-C is the normal end of the console consumer.
  if (isInterrupted && tool === 'console-consumer') return 0
  return typeof code === 'number' ? code : 1
}

await runMain(() => main(process.argv.slice(2)))
