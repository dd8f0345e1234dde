import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../local/programs/ports.ts'
import { temporaryFolder } from './names.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pluginFolder = join(root, 'local', 'kafka-event-source')
const packageName = 'serverless-offline-kafka-event-source'

/** The parts of serverless.yml that the README of the plugin describes. */
const example = /```yaml\nservice: [\s\S]*?\n(plugins:\n[\s\S]*?)```/.exec(
  readFileSync(join(pluginFolder, 'README.md'), 'utf8'),
)![1]!

/** Returns the example of the README with this topic, and the additions of a test. */
export async function exampleService(
  { brokers, topic }: { readonly brokers: string; readonly topic: string },
  {
    timeout = 20,
    custom = '',
    event = '',
    resources = '',
  }: { timeout?: number; custom?: string; event?: string; resources?: string } = {},
): Promise<string> {
  return `service: foreign
frameworkVersion: '4'
provider: { name: aws, runtime: nodejs22.x, timeout: ${timeout} }
custom:
  serverless-offline: { httpPort: ${await freePort()}, lambdaPort: ${await freePort()}, noSponsor: true }
  kafkaEventSource: { consumerGroupIds: deployed${custom === '' ? '' : `, ${custom}`} }
${resources}
${example.trimEnd().replace('127.0.0.1:9092', brokers).replace('topic: lines', `topic: ${topic}`)}
          consumerGroupId: ${topic}.group
          ${event}
`
}

/** A service with one handler, in an ES module. */
export function foreignService(serverlessYml: string, handler: string, file = 'handler.js'): string {
  return foreignFiles({
    'package.json': '{"type":"module"}',
    'serverless.yml': serverlessYml,
    [file]: handler,
  })
}

/**
 * Creates the folder of a service that is independent of this repository. It has serverless, serverless-offline, the plugin
 * as packed by `npm pack`, and the plugin's dependencies. TypeScript handlers use the tsx of serverless-offline.
 */
export function foreignFiles(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(temporaryFolder(), 'foreign-'))
  const modules = join(folder, 'node_modules')
  const plugin = join(modules, packageName)
  packed ??= pack()
  mkdirSync(plugin, { recursive: true })
  execFileSync('tar', ['xzf', packed, '-C', plugin, '--strip-components=1'])
  const { dependencies } = JSON.parse(readFileSync(join(plugin, 'package.json'), 'utf8'))
  for (const name of ['serverless', 'serverless-offline', ...Object.keys(dependencies)]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

let packed: string | undefined

/** Packs the tarball once for all tests of a file. */
function pack(): string {
  const folder = temporaryFolder()
  const packageFolder = join(folder, 'package')
  execFileSync(process.execPath, [join(pluginFolder, 'build.mjs'), packageFolder])
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: packageFolder })
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!)
}

export type Offline = {
  readonly child: ChildProcess
  readonly output: () => string
  exited: Promise<number | null>
}

/** `serverless offline …` in that folder; killed with its group when the test ends. */
export function serverless(
  test: { after(end: () => void): void },
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Offline {
  const bin = join(folder, 'node_modules', 'serverless', 'bin', 'serverless.js')
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    detached: true,
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  test.after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
  })
  return { child, output: () => output, exited }
}
