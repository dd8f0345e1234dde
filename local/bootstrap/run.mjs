/** Runs a script of package.json in a prepared clone. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { enterCallersFolder } from './callers-folder.mjs'
import { prepare } from './prepare.mjs'
import { checkArguments, UsageError } from './scripts.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const [name = '', ...args] = process.argv.slice(2)

function checked() {
  try {
    return checkArguments(name, args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

const { script, help } = checked()
if (help !== undefined) {
  console.log(help)
  process.exit(0)
}
const { file, command, java = false } = script
const asksForHelp = ['-h', '--help'].includes(args[0] ?? '')
const problems = await prepare(root, { java: java && !asksForHelp })
if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exit(1)
}
enterCallersFolder(root)
// Hides the AWS SDK's warning: support for Node.js 20 ends in January 2027.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.argv = [process.argv[0] ?? 'node', join(root, file), ...(command ? [command] : []), ...args]
const { register } = await import('tsx/esm/api')
register()
await import(pathToFileURL(join(root, file)).href)
