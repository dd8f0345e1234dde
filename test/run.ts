/**
 * Runs tests: `node --import tsx test/run.ts [FILE or FOLDER under test/…]`, by default all except `test/deploy`. Paths are
 * relative to the project or to the current folder.
 * Each file is a separate process. All files of a run share one broker and one S3 server, except unit and deploy tests,
 * which have none. In CI (`CI=true`) a skipped test is a failure.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startOwnS3Server } from './harness/bucket.ts'
import { startOwnKafka } from './harness/kafka.ts'
import { temporaryFolder } from './harness/names.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const named = process.argv.slice(2)
const files = (
  named.length > 0
    ? named
    : [
        'test/unit',
        'test/integration',
        'test/conformance',
        'test/e2e',
        'test/browser',
        'test/faults',
        'test/clusters',
      ]
).flatMap(testFiles)
if (files.length === 0) {
  console.error(`No test files in ${named.join(', ')}.`)
  process.exit(2)
}

const env: NodeJS.ProcessEnv = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
const ofTheirOwn = ['unit', 'deploy'].map((folder) => join('test', folder))
if (files.some((file) => !ofTheirOwn.some((folder) => file.startsWith(folder)))) {
  const [kafka, s3] = await Promise.all([startOwnKafka(), startOwnS3Server()])
  env.TEST_BROKERS = kafka.brokers
  env.TEST_S3_ENDPOINT = s3.endpoint
}
/** Node.js 20 and 22 apply the limit to whole files too, and the longest file can take long on a busy machine. */
const timeout = '--test-timeout=1200000'
const skippedFile = join(temporaryFolder(), 'skipped')
const code = await runNode([
  ...['--import', 'tsx', '--test', '--test-concurrency=2', timeout],
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  ...['--test-reporter=./test/harness/skipped-reporter.mjs', `--test-reporter-destination=${skippedFile}`],
  ...files,
])
const skipped = existsSync(skippedFile) ? readFileSync(skippedFile, 'utf8') : ''
if (skipped !== '') console.log(`Skipped:\n${skipped.replaceAll(/^/gm, '  ').trimEnd()}`)
if (skipped !== '' && process.env.CI === 'true') console.log('In CI nothing may be skipped.')
process.exit(code === 0 && skipped !== '' && process.env.CI === 'true' ? 1 : code)

function testFiles(path: string): string[] {
  const full = [resolve(root, path), resolve(path)].find(existsSync)
  if (full === undefined) return []
  if (statSync(full).isFile()) return [relative(root, full)]
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => relative(root, join(full, name)))
}

async function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.once('SIGINT', forward).once('SIGTERM', forward)
  const [code] = await once(child, 'exit')
  return code ?? 1
}
