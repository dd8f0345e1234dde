/**
 * `npm run test:node -- VERSION [FILE|FOLDER…]`: the tests of a fresh copy of this project on another version of Node.js, by
 * default the unit tests and a start of the whole system. The copy is kept in `.build/node`, so that a further run neither
 * installs packages nor builds the native Kafka client.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeRelease } from '../harness/node-release.ts'
import { copyProject } from '../harness/project-copy.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the bootstrap and the tests install. */
const installed: ReadonlySet<string> = new Set(['node_modules', '.build', '.local'])
const [version, ...files] = process.argv.slice(2)
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error("Missing version of Node.js, such as 26. Run 'npm run test:node -- --help' for usage.")
  process.exit(2)
}

const bin = nodeRelease(version)
const copy = join(root, '.build/node', `project-${version}`)
for (const name of existsSync(copy) ? readdirSync(copy) : []) {
  if (!installed.has(name)) rmSync(join(copy, name), { recursive: true })
}
copyProject(copy)
const tests = files.length > 0 ? files : ['test/unit', 'test/e2e/start.test.ts']
process.exit(await npm('test', '--', ...tests))

async function npm(...args: readonly string[]): Promise<number> {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const child = spawn('npm', args, { cwd: copy, env, stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.once('SIGINT', forward).once('SIGTERM', forward)
  const [code] = await once(child, 'exit')
  return code ?? 1
}
