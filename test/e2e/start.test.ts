import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { markOf } from '../../local/programs/processes.ts'
import { books } from '../harness/books.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { ctrlC, onPty } from '../harness/pty.ts'
import { newSystem } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function run(env: NodeJS.ProcessEnv, ...args: string[]): { child: ChildProcess; output: Promise<string> } {
  const child = spawn(process.execPath, ['local/bootstrap/run.mjs', ...args], { cwd: root, env })
  process.once('exit', () => child.kill('SIGKILL'))
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then(([out, err]) => out + err)
  return { child, output }
}

function programsOf(dataDir: string): number[] {
  const { programs } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'))
  return programs.map(({ pid }: { pid: number }) => pid)
}

async function ready(env: NodeJS.ProcessEnv, option = '--infra') {
  const started = run(env, 'start', option)
  let printed = ''
  started.child.stdout!.on('data', (chunk) => {
    printed += chunk
  })
  const isReady = waitFor(() => /^Ready/m.test(printed), { within: 120_000 })
  const ended = once(started.child, 'exit').then(async () =>
    assert.fail(`npm start exited: ${await started.output}`),
  )
  await Promise.race([isReady, ended])
  return started
}

test('reports a port in use with its variable, and leaves nothing running', async () => {
  const { env, config } = await newSystem()
  const otherServer = createServer().listen(config.lambdaPort, '127.0.0.1')
  try {
    const { child, output } = run(env, 'start')
    const [code] = await once(child, 'exit')
    assert.equal(code, 1)
    assert.match(await output, new RegExp(`^Port ${config.lambdaPort} is in use[^\n]*LAMBDA_PORT\\.\n$`))
    assert.equal(existsSync(join(config.dataDir, 'run.json')), false)
  } finally {
    otherServer.close()
  }
})

test('with --infra, starts, detects, stops and resets only Kafka and the S3 server', async () => {
  const { env, config } = await newSystem()
  const { child, output } = await ready(env)
  const programs = programsOf(config.dataDir)
  assert.equal(programs.length, 2)

  const second = run(env, 'start', '--infra')
  assert.match(await second.output, /already uses .*\. Stop it first/)
  const resetting = run(env, 'reset', '--yes')
  assert.match(await resetting.output, /Stop it first/)

  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.match(
    await output,
    /^Ready\. .*\n {2}Kafka {6}127.0.0.1:\d+\n {2}S3 server {2}http:\/\/127.0.0.1:\d+/m,
  )
  for (const pid of programs) assert.equal(markOf(pid), undefined)

  const again = run(env, 'reset', '--yes')
  assert.deepEqual(await once(again.child, 'exit'), [0, null])
  assert.equal(existsSync(join(config.dataDir, 'kafka')), false)
})

test('doctor reports no problem and a running mapping when it runs during a start', async (t) => {
  const system = await newSystem()
  t.after(() => system.stop())
  const env = Object.fromEntries(Object.entries(system.env).filter(isSet))
  const starting = system.start()
  const isRecorded = waitFor(() => existsSync(join(system.config.dataDir, 'run.json')), { within: 60_000 })
  const [{ stdout, code }] = await Promise.all([isRecorded.then(() => books(env, 'doctor')), starting])
  assert.doesNotMatch(stdout, /✖/)
  assert.match(stdout, /✔ mapping +the group \S+ has 1 member/)
  assert.equal(code, 0)
})

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined
}

test('exits with the name and the end of the log of a program that exits', async () => {
  const { env, config } = await newSystem()
  const { child, output } = await ready(env)
  const [one, other] = programsOf(config.dataDir)
  process.kill(one!, 'SIGKILL')
  assert.deepEqual(await once(child, 'exit'), [1, null])
  assert.match(
    await output,
    /^(Kafka|S3 server) exited unexpectedly \(signal SIGKILL\)\. The end of its log/m,
  )
  assert.equal(markOf(other!), undefined)
})

test('starts again immediately after kill -9 of the start command', async () => {
  const { env, config } = await newSystem()
  const first = await ready(env)
  const programs = programsOf(config.dataDir)
  first.child.kill('SIGKILL')
  const second = await ready(env)
  for (const pid of programs) assert.equal(markOf(pid), undefined)
  second.child.kill('SIGINT')
  assert.deepEqual(await once(second.child, 'exit'), [0, null])
})

test('one Ctrl-C under npm shuts every program down cleanly', async () => {
  const { env, config } = await newSystem()
  const settings = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]),
  )
  const started = onPty(['npm', '--prefix', root, 'start', '--', '--infra'], { env: settings })
  await started.shows(/^Ready/m)
  started.type(ctrlC)
  assert.equal(await started.ended, 0, started.output())
  assert.match(readFileSync(join(config.dataDir, 'kafka', 'server.log'), 'utf8'), /shut down completed/)
})

test('counts a book, and logs no warning of Node.js or the AWS SDK', async () => {
  const { env, config } = await newSystem()
  const { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: _, ...plain } = env
  const { child, output } = await ready(plain, '--no-samples')
  const s3 = s3ClientFor(config.s3Endpoint)
  await s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: 'book.txt', Body: 'one\ntwo\n' }))
  s3.destroy()
  await waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${config.httpPort}/counts/book.txt`)
      return ((await response.json()) as { readonly lines?: number }).lines
    },
    { within: 60_000, every: 300, until: (lines) => lines === 2 },
  )
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  for (const text of [await output, readFileSync(join(config.dataDir, 'functions.log'), 'utf8')])
    assert.doesNotMatch(text, /DeprecationWarning|DEP0|no longer support|Warning: NodeVersion/)
})
