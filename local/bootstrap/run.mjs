/**
 * `node local/bootstrap/run.mjs [--packages-only] FILE [ARGUMENT…]`: makes a fresh clone ready, then runs a TypeScript
 * file in this same process, so that signals and the exit code are its own. Plain JavaScript with nothing installed.
 * `--packages-only` asks for no Java and fetches no jars.
 */
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { prepare } from './prepare.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const given = process.argv.slice(2)
const packagesOnly = given[0] === '--packages-only'
const [file, ...rest] = packagesOnly ? given.slice(1) : given
if (file === undefined) throw new Error('Which file is to be run?')

const problems = await prepare(root, { java: !packagesOnly })
if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exit(1)
}
// The AWS SDK warns on Node 20 about January 2027; this project's floor is its own affair.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.argv = [process.argv[0] ?? 'node', resolve(root, file), ...rest]
const { register } = await import('tsx/esm/api')
register()
await import(pathToFileURL(resolve(root, file)).href)
