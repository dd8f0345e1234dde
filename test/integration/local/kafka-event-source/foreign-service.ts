import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../../harness/names.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const pluginFolder = join(root, 'local', 'kafka-event-source')
const packageName = 'serverless-offline-kafka-event-source'
const notInstalled = ['typescript', '.bin', '.package-lock.json']
const typeScript = ['tsx', 'esbuild', '@esbuild', 'get-tsconfig']

/**
 * A service that knows nothing of this repository: the plugin as `npm pack` makes it, installed beside serverless. tsx
 * is there only when the handler is in TypeScript.
 */
export function foreignService(serverlessYml: string, handler: string, file = 'handler.js'): string {
  const left = new Set(file.endsWith('.ts') ? notInstalled : [...notInstalled, ...typeScript])
  const folder = mkdtempSync(join(temporaryFolder(), 'foreign-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!left.has(name)) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  packed ??= pack()
  mkdirSync(join(modules, packageName))
  execFileSync('tar', ['xzf', packed, '-C', join(modules, packageName), '--strip-components=1'])
  writeFileSync(join(folder, 'serverless.yml'), serverlessYml.replace('<plugin>', packageName))
  writeFileSync(join(folder, file), handler)
  return folder
}

let packed: string | undefined

/** The tarball, made once for all tests of a file. */
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
): Offline {
  const bin = join(folder, 'node_modules', 'serverless', 'bin', 'serverless.js')
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, detached: true })
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
