import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { InvocationOutcome } from '../../../../local/containers/outcome.ts'
import { freePort } from '../../../../local/programs/ports.ts'
import {
  isRunning,
  isStopped,
  poolFor,
  temporaryService,
  writeFile,
} from '../../../harness/container-service.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const resultOf = (outcome: InvocationOutcome) => {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return JSON.parse(outcome.payload)
}

test('runs a TypeScript handler, and its container stays warm', async (t) => {
  const serviceDir = temporaryService({
    'fn.ts': `import { greeting } from './greeting.ts'
      let calls: number = 0
      export const handler = async (event: { name: string }) => ({ text: greeting + event.name, calls: ++calls, pid: process.pid })`,
    'greeting.ts': `export const greeting: string = 'Hello '`,
  })
  const { pool } = poolFor(t, serviceDir)
  const first = resultOf(await pool.invoke('{"name":"Ä"}'))
  const second = resultOf(await pool.invoke('{"name":"Ä"}'))
  assert.deepEqual(first, { text: 'Hello Ä', calls: 1, pid: first.pid })
  assert.deepEqual(second, { text: 'Hello Ä', calls: 2, pid: first.pid })
})

test('handlers may be CommonJS, nested in folders, nested in objects', async (t) => {
  const serviceDir = temporaryService({
    'package.json': '{}',
    'src/lines/fn.js': `exports.on = { event: async (event) => event.n * 2 }`,
  })
  const { pool } = poolFor(t, serviceDir, { handler: 'src/lines/fn.on.event' })
  assert.equal(resultOf(await pool.invoke('{"n":21}')), 42)
})

test('each container processes one event at a time, in as many containers as needed, up to the reserved concurrency', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `let running = 0
      export const handler = async () => {
        running++
        await new Promise((resolve) => setTimeout(resolve, 30))
        return { pid: process.pid, running: running-- }
      }`,
  })
  const { pool } = poolFor(t, serviceDir, { maxConcurrency: 2 })
  const results = (await Promise.all(Array.from({ length: 8 }, () => pool.invoke('{}')))).map(resultOf)
  assert.equal(new Set(results.map(({ pid }) => pid)).size, 2)
  assert.ok(results.every(({ running }) => running === 1))
})

test('only a few containers load at the same time', async (t) => {
  const limit = 2 * availableParallelism()
  const serviceDir = temporaryService({
    'fn.js': `import { appendFileSync } from 'node:fs'
      const note = (mark) => appendFileSync(new URL('loads', import.meta.url), mark)
      note('+')
      await new Promise((resolve) => setTimeout(resolve, 300))
      note('-')
      export const handler = async () => process.pid`,
  })
  const { pool } = poolFor(t, serviceDir)
  for (const outcome of await Promise.all(Array.from({ length: 2 * limit }, () => pool.invoke('{}'))))
    assert.ok(outcome.ok)
  let loading = 0
  for (const mark of readFileSync(join(serviceDir, 'loads'), 'utf8')) {
    loading += mark === '+' ? 1 : -1
    assert.ok(loading <= limit, `${loading} containers load at once`)
  }
})

test('random selects any idle container, sticky the one that had the key', async (t) => {
  const serviceDir = temporaryService({ 'fn.js': `export const handler = async () => process.pid` })
  const sticky = poolFor(t, serviceDir, { choice: 'sticky' }).pool
  const [a, b] = await Promise.all(
    ['a', 'b'].map((stickyKey) => sticky.invoke('{}', { stickyKey }).then(resultOf)),
  )
  assert.notEqual(a, b)
  for (let i = 0; i < 10; i++) {
    assert.equal(resultOf(await sticky.invoke('{}', { stickyKey: 'a' })), a)
    assert.equal(resultOf(await sticky.invoke('{}', { stickyKey: 'b' })), b)
  }
  const random = poolFor(t, serviceDir).pool
  await Promise.all([random.invoke('{}'), random.invoke('{}')])
  const seen = new Set<number>()
  for (let i = 0; i < 40; i++) seen.add(resultOf(await random.invoke('{}')))
  assert.equal(seen.size, 2)
})

test('a thrown error fails the invocation, and the container stays', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async (event) => {
      if (event.fail) throw new RangeError('too far')
      return process.pid
    }`,
  })
  const { pool } = poolFor(t, serviceDir)
  const pid = resultOf(await pool.invoke('{}'))
  const failed = await pool.invoke('{"fail":true}', { requestId: 'r-1' })
  assert.ok(!failed.ok)
  assert.deepEqual(
    [failed.kind, failed.errorType, failed.errorMessage, failed.requestId],
    ['handler', 'RangeError', 'too far', 'r-1'],
  )
  assert.equal(resultOf(await pool.invoke('{}')), pid)
})

test('a timeout kills the process, also in a busy loop, and its child processes', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `import { spawn } from 'node:child_process'
      export const handler = async (event) => {
        if (event.spin) for (;;);
        const child = spawn('sleep', ['1000'])
        console.log('child ' + child.pid)
        await new Promise(() => {})
      }`,
  })
  const { pool, lines } = poolFor(t, serviceDir, { timeoutMs: 400 })
  const [waiting, spinning] = await Promise.all([pool.invoke('{}'), pool.invoke('{"spin":true}')])
  for (const outcome of [waiting, spinning]) {
    assert.ok(!outcome.ok)
    assert.equal(outcome.kind, 'timeout')
    assert.equal(outcome.errorType, 'Sandbox.Timedout')
    assert.match(outcome.errorMessage, /Task timed out after 0\.40 seconds/)
  }
  const child = Number(lines.find(({ line }) => line.startsWith('child '))?.line.slice(6))
  await waitFor(() => !isRunning(child) && pool.size === 0, { within: 20_000 })
})

test('a crash fails only its invocation', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async ({ how }) => {
      if (how === 'exit') process.exit(7)
      if (how === 'kill') process.kill(process.pid, 'SIGKILL')
      if (how === 'throw') setTimeout(() => { throw new Error('nobody catches this') })
      if (how === 'reject') Promise.reject(new Error('nor this'))
      if (how === 'end') return new Promise(() => {})
      if (how !== 'well') await new Promise((resolve) => setTimeout(resolve, 5_000))
      return 'well'
    }`,
  })
  const { pool } = poolFor(t, serviceDir, { timeoutMs: 10_000 })
  const outcomes = await Promise.all(
    ['exit', 'kill', 'throw', 'reject', 'end', 'well'].map((how) => pool.invoke(JSON.stringify({ how }))),
  )
  const seen = outcomes.map((outcome) =>
    outcome.ok ? outcome.payload : `${outcome.kind} ${outcome.errorType}`,
  )
  assert.deepEqual(seen, [
    'crash Runtime.ExitError',
    'crash Runtime.ExitError',
    'crash Error',
    'crash Runtime.UnhandledPromiseRejection',
    'handler Runtime.NodeJsExit',
    '"well"',
  ])
  assert.equal(resultOf(await pool.invoke('{"how":"well"}')), 'well')
})

test('reports why a handler cannot be loaded, and loads it again for the next invocation', async (t) => {
  const serviceDir = temporaryService({
    'syntax.js': 'export const handler = (',
    'none.js': 'export const x = 1',
  })
  const errorOf = async (handler: string) => {
    const outcome = await poolFor(t, serviceDir, { handler }).pool.invoke('{}')
    assert.ok(!outcome.ok)
    return `${outcome.kind} ${outcome.errorType}`
  }
  assert.equal(await errorOf('missing.handler'), 'init Runtime.ImportModuleError')
  assert.equal(await errorOf('none.handler'), 'init Runtime.HandlerNotFound')
  const { pool } = poolFor(t, serviceDir, { handler: 'syntax.handler' })
  assert.ok(!(await pool.invoke('{}')).ok)
  writeFile(serviceDir, 'syntax.js', 'export const handler = async () => "mended"')
  assert.equal(resultOf(await pool.invoke('{}')), 'mended')
})

test('reports a process that cannot be started as the error of the invocation', async (t) => {
  const serviceDir = temporaryService({ 'fn.js': `export const handler = async () => 'never'` })
  const { pool } = poolFor(t, serviceDir, { environment: { ODD: 'a\0b' } })
  const outcome = await pool.invoke('{}', { requestId: 'r-3' })
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.kind, outcome.requestId, pool.size], ['not-invoked', 'r-3', 0])
  assert.match(outcome.errorMessage, /without null bytes/)
})

test('reports a missing program or folder as the error of the invocation', async (t) => {
  const serviceDir = temporaryService({ 'fn.js': `export const handler = async () => 'never'` })
  rmSync(serviceDir, { recursive: true })
  const { pool } = poolFor(t, serviceDir)
  const outcome = await pool.invoke('{}', { requestId: 'r-4' })
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.kind, outcome.requestId, pool.size], ['not-invoked', 'r-4', 0])
  assert.match(outcome.errorMessage, /^Cannot start a process for the function: spawn .* ENOENT/)
})

test('the next invocation runs an edited file, the handler’s or an imported one', async (t) => {
  const serviceDir = temporaryService({
    'fn.ts': `import { deep } from './a.ts'\nexport const handler = async () => deep`,
    'a.ts': `export * from './b.ts'`,
    'b.ts': `export const deep = 1`,
    'later.ts': `export const later = 1`,
  })
  const { pool } = poolFor(t, serviceDir)
  assert.equal(resultOf(await pool.invoke('{}')), 1)
  writeFile(serviceDir, 'b.ts', 'export const deep = 22')
  assert.equal(resultOf(await pool.invoke('{}')), 22)
  writeFile(serviceDir, 'fn.ts', `export const handler = async () => (await import('./later.ts')).later`)
  assert.equal(resultOf(await pool.invoke('{}')), 1)
  writeFile(serviceDir, 'later.ts', 'export const later = 333')
  assert.equal(resultOf(await pool.invoke('{}')), 333)
})

test('the next invocation runs a file that was edited while it was loaded', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `import { writeFileSync } from 'node:fs'
      import { text } from './text.js'
      writeFileSync(new URL('loading', import.meta.url), '')
      await new Promise((resolve) => setTimeout(resolve, 500))
      export const handler = async () => text`,
    'text.js': `export const text = 'old'`,
  })
  const { pool } = poolFor(t, serviceDir)
  const first = pool.invoke('{}')
  await waitFor(() => existsSync(join(serviceDir, 'loading')), { within: 10_000 })
  writeFile(serviceDir, 'text.js', `export const text = 'new'`)
  assert.equal(resultOf(await first), 'old')
  assert.equal(resultOf(await pool.invoke('{}')), 'new')
})

test('a handler has the variables of serverless-offline and no others of the host', async (t) => {
  Object.assign(process.env, { SECRET_OF_THE_HOST: 'seen', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })
  t.after(() => {
    delete process.env.SECRET_OF_THE_HOST
    delete process.env.AWS_ENDPOINT_URL
  })
  const serviceDir = temporaryService({ 'fn.js': `export const handler = async () => process.env` })
  const options = { environment: { USERID: 'me' }, region: 'eu-central-1', memorySize: 512 }
  const { AWS_LAMBDA_LOG_STREAM_NAME, ...env } = resultOf(
    await poolFor(t, serviceDir, options).pool.invoke('{}'),
  )
  assert.match(AWS_LAMBDA_LOG_STREAM_NAME, /^\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\][0-9a-f]{32}$/)
  const ofTheShell = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'))
  assert.deepEqual(env, {
    ...Object.fromEntries(ofTheShell),
    USERID: 'me',
    IS_OFFLINE: 'true',
    _HANDLER: 'fn.handler',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_FUNCTION_NAME: 'service-dev-fn',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/service-dev-fn',
    AWS_REGION: 'eu-central-1',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: '/var/task',
    LANG: 'en_US.UTF-8',
    LD_LIBRARY_PATH:
      '/usr/local/lib64/node-v4.3.x/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    NODE_PATH: '/var/runtime:/var/task:/var/runtime/node_modules',
  })
  const local = poolFor(t, serviceDir, { ...options, localEnvironment: true }).pool
  assert.equal(resultOf(await local.invoke('{}')).SECRET_OF_THE_HOST, 'seen')
})

test('NODE_OPTIONS of the host and of the function apply in a container, except for an inspector', async (t) => {
  const serviceDir = temporaryService({
    'package.json': '{}',
    'fn.js': `exports.handler = async () => [globalThis.preloaded, require('node:inspector').url() ?? null, process.env.NODE_OPTIONS]`,
    'preload.cjs': `globalThis.preloaded = 'yes'`,
  })
  const before = process.env.NODE_OPTIONS
  const preload = `--require ${serviceDir}/preload.cjs`
  process.env.NODE_OPTIONS = `--inspect=0 ${preload}`
  t.after(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = before
  })
  assert.deepEqual(resultOf(await poolFor(t, serviceDir).pool.invoke('{}')), ['yes', null, null])
  delete process.env.NODE_OPTIONS
  const { pool } = poolFor(t, serviceDir, { environment: { NODE_OPTIONS: preload } })
  assert.deepEqual(resultOf(await pool.invoke('{}')), ['yes', null, preload])
})

test('noTimeout disables the timeout', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async () => new Promise((resolve) => setTimeout(resolve, 600, 'late'))`,
  })
  const { pool } = poolFor(t, serviceDir, { timeoutMs: 100, noTimeout: true })
  assert.equal(resultOf(await pool.invoke('{}')), 'late')
})

test('the context is complete', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() })`,
  })
  const { pool } = poolFor(t, serviceDir, { timeoutMs: 5_000 })
  const { remaining, logStreamName, ...context } = resultOf(await pool.invoke('{}', { requestId: 'r-2' }))
  assert.ok(remaining > 4_000 && remaining <= 5_000)
  assert.match(logStreamName, /^\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\][0-9a-f]{32}$/)
  assert.deepEqual(context, {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'service-dev-fn',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:service-dev-fn',
    memoryLimitInMB: '128',
    awsRequestId: 'r-2',
    logGroupName: '/aws/lambda/service-dev-fn',
  })
})

test('prefixes the output of a handler with function and request id', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async (event) => {
      console.log('one\\ntwo ' + event.n)
      console.error('wrong')
      process.stdout.write('no line end')
    }`,
  })
  const { pool, lines } = poolFor(t, serviceDir)
  for (let n = 0; n < 20; n++) await pool.invoke(JSON.stringify({ n }), { requestId: `r-${n}` })
  const printed = lines.map(({ label, requestId, stream, line }) => `${label} ${requestId} ${stream} ${line}`)
  const wanted = Array.from({ length: 20 }, (_, n) => [
    `fn r-${n} stdout one`,
    `fn r-${n} stdout two ${n}`,
    `fn r-${n} stdout no line end`,
    `fn r-${n} stderr wrong`,
  ]).flat()
  assert.deepEqual(printed.toSorted(), wanted.toSorted())
})

test('logs the stack and the cause of an error, with function and request id', async (t) => {
  const thrown = `throw new TypeError('thrown', { cause: new Error('its cause') })`
  for (const code of [`export const handler = async () => { ${thrown} }`, thrown]) {
    const { pool, lines } = poolFor(t, temporaryService({ 'fn.js': `\n${code}` }), { timeoutMs: 60_000 })
    await pool.invoke('{}', { requestId: 'r-3' })
    const printed = () =>
      lines.map(({ label, requestId, stream, line }) => `${label} ${requestId} ${stream} ${line}`).join('\n')
    await waitFor(() => printed().includes('its cause'), { within: 20_000 })
    assert.match(printed(), /^fn r-3 stderr TypeError: thrown\nfn r-3 stderr {5}at .*fn\.js:2:/)
  }
})

test('idle containers exit', async (t) => {
  const serviceDir = temporaryService({ 'fn.js': `export const handler = async () => process.pid` })
  const { pool } = poolFor(t, serviceDir, { idleMs: 50 })
  const pid = resultOf(await pool.invoke('{}'))
  await waitFor(() => pool.size === 0 && !isRunning(pid), { within: 20_000 })
})

test('freeze stops background work between invocations', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `let ticks = 0
      export const handler = async () => {
        const seen = ticks
        setInterval(() => ticks++, 1)
        return { pid: process.pid, seen }
      }`,
  })
  const { pool } = poolFor(t, serviceDir, { freeze: true })
  const { pid } = resultOf(await pool.invoke('{}'))
  await waitFor(() => isStopped(pid), { within: 20_000 })
  await delay(1_000)
  const second = resultOf(await pool.invoke('{}'))
  assert.equal(second.pid, pid)
  assert.ok(second.seen < 500, `${second.seen} ticks while it should have stood still for 1,000`)
})

test('rejects a result over six megabytes, and accepts an event of six megabytes', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async (event) => event.back === undefined ? event.text.length : 'x'.repeat(event.back)`,
  })
  const { pool } = poolFor(t, serviceDir)
  assert.equal(resultOf(await pool.invoke(JSON.stringify({ text: 'x'.repeat(6_291_000) }))), 6_291_000)
  const outcome = await pool.invoke(JSON.stringify({ back: 7_000_000 }))
  assert.ok(!outcome.ok)
  assert.equal(outcome.errorType, 'Function.ResponseSizeTooLarge')
})

test('closing ends every process and invocation', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async () => new Promise((resolve) => setTimeout(resolve, 60_000))`,
  })
  const { pool } = poolFor(t, serviceDir, { timeoutMs: 90_000, maxConcurrency: 1 })
  const invocations = [pool.invoke('{}'), pool.invoke('{}')]
  await waitFor(() => pool.size === 1, { within: 20_000 })
  await pool.close()
  const outcomes = await Promise.all(invocations)
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok),
    [false, false],
  )
  assert.equal(pool.size, 0)
  assert.ok(!(await pool.invoke('{}')).ok)
})

test('with a debugger port, a debugger can attach, and nothing times out', async (t) => {
  const serviceDir = temporaryService({
    'fn.js': `export const handler = async () => new Promise((resolve) => setTimeout(resolve, 600, 'late'))`,
  })
  const port = await freePort()
  const { pool } = poolFor(t, serviceDir, { inspect: port, timeoutMs: 200 })
  const invoked = pool.invoke('{}')
  const targets = await waitFor(
    async () => (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as unknown[],
    {
      within: 10_000,
      until: (list) => list.length === 1,
    },
  )
  assert.ok((targets[0] as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl.startsWith('ws://'))
  assert.equal(resultOf(await invoked), 'late')
})
