/** Every command has `--help` with an example that runs as it is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { freePort } from '../../../local/programs/ports.ts'
import { books, booksUntil, booksWithInput } from '../../harness/books.ts'
import { startBucket } from '../../harness/bucket.ts'
import { commandsIn } from '../../harness/help.ts'
import { startKafka } from '../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'

/** These commands run until Ctrl-C. */
const follows = /--watch|--partition 0|--pattern/
/** These commands need the whole system or an AWS account. Without it they fail only at the connection. */
const elsewhere = /upload|samples|--workflow|--stage/

const folder = process.cwd()
after(() => process.chdir(folder))

describe('--help', () => {
  it('is available for every command, and each example runs', async () => {
    const { env, nowhere } = await reader()
    const examples = new Set<string>()
    for (const command of await commands([])) {
      const { stdout, code } = await books({}, ...command, '--help')
      const found = [...stdout.matchAll(/^ {2}(.*npm run (?:books|upload) -- .*)$/gm)].map(
        ([, line]) => line!,
      )
      assert.equal(code, 0)
      assert.match(stdout, /^Examples?:$/m, `books ${command.join(' ')} --help`)
      assert.ok(found.length > 0, `books ${command.join(' ')} --help`)
      for (const example of found) examples.add(example)
    }
    assert.ok(examples.size > 20)
    // Examples that delete run last.
    for (const example of [...examples].sort((a, b) => Number(/delete/.test(a)) - Number(/delete/.test(b)))) {
      const { args, input } = split(example)
      if (elsewhere.test(example)) {
        const { stdout, stderr, code } = await books(nowhere, ...args)
        assert.ok(code === 4 || code === 1, `${example}: ${stderr}`)
        assert.match(stdout + stderr, /ECONNREFUSED|fetch failed/)
        continue
      }
      const result = await (follows.test(example)
        ? booksUntil(AbortSignal.timeout(1_000), env, ...args)
        : booksWithInput(env, input, ...args))
      // The doctor reports that the group of the mapping has no member here.
      assert.equal(result.code, example.includes('doctor') ? 1 : 0, `${example}: ${result.stderr}`)
    }
  })
})

/** The path of each command that `--help` lists. */
async function commands(path: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { stdout } = await books({}, ...path, '--help')
  const all = await Promise.all(commandsIn(stdout).map((name) => commands([...path, name])))
  return [path, ...all.flat()]
}

/** The arguments and the standard input that a shell passes for the example. */
function split(example: string): { readonly args: readonly string[]; readonly input: Buffer } {
  const npm = `npm() { shift; [ "$1" = books ] && shift; [ "$1" = -- ] && shift; printf '%s\\0' "$@" > args; cat > input; }`
  execFileSync('bash', ['-c', `${npm}\n${example}`], { input: '' })
  const args = readFileSync('args', 'utf8').split('\0').slice(0, -1)
  return { args: args.filter((arg) => arg !== '--'), input: readFileSync('input') }
}

/** A user in a folder of books, the first of which is uploaded, ingested and counted. */
async function reader() {
  const { brokers } = await startKafka()
  const { endpoint, bucket } = await startBucket()
  const common = { USERID: uniqueUserid(), BROKERS: brokers, BUCKET: bucket, DATA_DIR: temporaryFolder() }
  // Uses the S3 server directly, also instead of the event proxy.
  const env = { ...common, S3_ENDPOINT: endpoint, S3_PORT: new URL(endpoint).port }
  process.chdir(temporaryFolder())
  const text = Array.from({ length: 60 }, (_, i) => `line ${i}\n`).join('')
  for (const name of ['moby-dick.txt', 'pg20417.txt']) writeFileSync(name, text)
  await books(env, 'topics', 'create')
  await books(env, 'upload', 'pg20417.txt')
  await books(env, 'backfill')
  await books(env, 'count', '--until-end')
  await books(env, 'topics', 'create', 'test1', '--partitions', '5')
  await books(env, 'produce', 'test1', 'moby-dick.txt', '--partition', '0')
  const port = String(await freePort())
  process.env.AWS_REGION ??= 'us-east-1'
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local'
  return { env, nowhere: { ...common, S3_PORT: port } }
}
