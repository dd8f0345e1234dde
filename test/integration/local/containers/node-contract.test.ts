/** The contract of Lambda's Node.js runtimes with a handler, as in AWS's runtime interface client. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { PoolOptions } from '../../../../local/containers/function-settings.ts'
import { poolFor, temporaryService } from '../../../harness/container-service.ts'

const callbacks = { runtime: 'nodejs22.x' }
const noCallbacks = { runtime: 'nodejs24.x' }

/** `ok <result in JSON>` or `<kind> <error type>: <message>`. */
async function outcomeOf(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: Partial<PoolOptions> = {},
  event: unknown = {},
): Promise<string> {
  const { pool } = poolFor(t, temporaryService({ 'package.json': '{}', ...files }), options)
  const outcome = await pool.invoke(JSON.stringify(event))
  return outcome.ok
    ? `ok ${outcome.payload}`
    : `${outcome.kind} ${outcome.errorType}: ${outcome.errorMessage}`
}

const styles: readonly (readonly [style: string, code: string, wanted: string])[] = [
  ['a promise', 'async () => 1', 'ok 1'],
  ['a promise of undefined', 'async () => {}', 'ok null'],
  ['a function that is not async and returns a promise', '() => Promise.resolve(2)', 'ok 2'],
  ['a plain return value is ignored', '() => 3', 'ok null'],
  ['the callback', '(e, c, cb) => { setTimeout(cb, 20, null, 4) }', 'ok 4'],
  ['the callback with an error', '(e, c, cb) => cb(new RangeError("far"))', 'handler RangeError: far'],
  ['the callback with a string', '(e, c, cb) => cb("far")', 'handler string: far'],
  ['context.succeed', '(e, c) => { setTimeout(c.succeed, 20, 5) }', 'ok 5'],
  ['context.done', '(e, c) => { setTimeout(c.done, 20, null, 6) }', 'ok 6'],
  ['context.done with an error', '(e, c) => c.done(new Error("done"))', 'handler Error: done'],
  ['context.fail', '(e, c) => c.fail(new Error("failed"))', 'handler Error: failed'],
  ['context.fail without a reason', '(e, c) => c.fail()', 'handler string: handled'],
  [
    'only the first result is used',
    '(e, c, cb) => { c.succeed(7); c.fail(new Error("late")); cb(null, 8) }',
    'ok 7',
  ],
  ['an error thrown synchronously', '() => { throw new TypeError("thrown") }', 'handler TypeError: thrown'],
  ['a thrown string', 'async () => { throw "text" }', 'handler string: text'],
  [
    'an unsettled promise of an async function',
    'async () => new Promise(() => {})',
    'handler Runtime.NodeJsExit: The event loop is empty, so the promise of the handler can never settle.',
  ],
  ['an unsettled promise of a function that is not async', '() => new Promise(() => {})', 'ok null'],
  ['a result that JSON cannot hold', 'async () => 1n', 'handler Error: Unable to stringify response body'],
]

for (const [style, code, wanted] of styles) {
  test(`nodejs22.x: ${style}`, async (t) => {
    assert.equal(await outcomeOf(t, { 'fn.js': `exports.handler = ${code}` }, callbacks), wanted)
  })
}

const open = 'setInterval(() => {}, 1_000)'

test('nodejs22.x: the callback waits for an empty event loop, unless the context disables it', async (t) => {
  const code = `exports.handler = (waits, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = waits
    const result = {}
    setTimeout(() => { result.late = true }, 100)
    callback(null, result)
  }`
  assert.equal(await outcomeOf(t, { 'fn.js': code }, callbacks, true), 'ok {"late":true}')
  assert.equal(await outcomeOf(t, { 'fn.js': code }, callbacks, false), 'ok {}')
  const never = `${open}; exports.handler = (event, context, callback) => callback(null, 1)`
  const outcome = await outcomeOf(t, { 'fn.js': never }, { ...callbacks, timeoutMs: 500 })
  assert.match(outcome, /^timeout Sandbox.Timedout: .* Task timed out after 0.50 seconds$/)
})

const atOnce: readonly (readonly [what: string, code: string, wanted: string])[] = [
  ['callback(err)', '(e, c, cb) => cb(new Error("no"))', 'handler Error: no'],
  ['context.fail', '(e, c) => c.fail(new Error("no"))', 'handler Error: no'],
  ['context.succeed', '(e, c) => c.succeed("yes")', 'ok "yes"'],
  ['a thrown error', '() => { throw new Error("no") }', 'handler Error: no'],
]

for (const [what, code, wanted] of atOnce) {
  test(`nodejs22.x: ${what} is reported while the event loop is not empty`, async (t) => {
    const files = { 'fn.js': `${open}; exports.handler = ${code}` }
    assert.equal(await outcomeOf(t, files, { ...callbacks, timeoutMs: 60_000 }), wanted)
  })
}

test('a container processes many callbacks without warnings about listeners', async (t) => {
  const code = `exports.handler = (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = event % 2 === 0
    callback(null, event)
  }`
  const serviceDir = temporaryService({ 'package.json': '{}', 'fn.js': code })
  const { pool, lines } = poolFor(t, serviceDir, callbacks)
  for (let i = 0; i < 24; i++) {
    const outcome = await pool.invoke(String(i))
    assert.ok(outcome.ok)
    assert.equal(outcome.payload, String(i))
  }
  assert.deepEqual(lines, [])
})

test('nodejs24.x rejects a handler with a callback when it is loaded', async (t) => {
  const outcome = await outcomeOf(t, { 'fn.js': 'exports.handler = (e, c, cb) => cb()' }, noCallbacks)
  assert.match(
    outcome,
    /^init Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for callback/,
  )
})

test('nodejs24.x has no context.done, and returns the value of a function that is not async', async (t) => {
  const code =
    '(e, c) => [typeof c.done, typeof c.succeed, typeof c.fail, "callbackWaitsForEmptyEventLoop" in c]'
  const outcome = await outcomeOf(t, { 'fn.js': `exports.handler = ${code}` }, noCallbacks)
  assert.equal(outcome, 'ok ["undefined","undefined","undefined",false]')
})

test('awslambda is defined, and the stream of a streaming handler is its result', async (t) => {
  const files = {
    'fn.js': `exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
      stream.setContentType('application/json')
      stream.write('{"id":')
      stream.end(JSON.stringify(typeof context.awsRequestId) + '}')
    })`,
  }
  for (const options of [callbacks, noCallbacks]) {
    assert.equal(await outcomeOf(t, files, options), 'ok {"id":"string"}')
  }
  const plain = {
    'fn.js': 'exports.handler = awslambda.streamifyResponse((event, stream) => { stream.end() })',
  }
  assert.equal(await outcomeOf(t, plain), 'handler Error: Streaming does not support non-async handlers.')
  const without = { environment: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' } }
  assert.equal(
    await outcomeOf(t, { 'fn.js': 'exports.handler = async () => typeof awslambda' }, without),
    'ok "undefined"',
  )
})

const ran = (what: string) => `exports.handler = async () => ${JSON.stringify(what)}`
const esm = (what: string) => `export const handler = async () => ${JSON.stringify(what)}`

const places: readonly (readonly [handler: string, file: string, code: string, wanted: string])[] = [
  ['src/m.handler', 'src/m.mjs', `await 0\n${esm('mjs')}`, 'ok "mjs"'],
  ['src/c.handler', 'src/c.cjs', ran('cjs'), 'ok "cjs"'],
  ['./src/s.handler', 'src/s.js', ran('dot'), 'ok "dot"'],
  ['src/folder/index.handler', 'src/folder/index.js', ran('index'), 'ok "index"'],
  ['src/folder.handler', 'src/folder/index.js', ran('folder'), 'ok "folder"'],
  ['src/n.api.kafka', 'src/n.js', 'exports.api = { kafka: async () => "nested" }', 'ok "nested"'],
  ['src/t.handler', 'src/t.ts', `enum E { A = 'ts' }\nexport const handler = async () => E.A`, 'ok "ts"'],
  ['src/t.handler', 'src/t.mts', esm('mts'), 'ok "mts"'],
  ['src/t.handler', 'src/t.cts', `const x: string = 'cts'\nexports.handler = async () => x`, 'ok "cts"'],
  ['pkg.handler', 'node_modules/pkg/index.js', ran('package'), 'ok "package"'],
  ['node_modules/pkg/dist/handler.handler', 'node_modules/pkg/dist/handler.js', ran('path'), 'ok "path"'],
  [
    'src/../s.handler',
    'src/s.js',
    ran('up'),
    "init Runtime.MalformedHandlerName: 'src/../s.handler' is not a valid handler name: it must not contain '..'.",
  ],
  ['src/s', 'src/s.js', ran('no dot'), 'init Runtime.MalformedHandlerName: Bad handler'],
  [
    'src/s.other',
    'src/s.js',
    ran('other'),
    'init Runtime.HandlerNotFound: src/s.other is undefined or not exported',
  ],
  ['src/s.x', 'src/s.js', 'exports.x = 1', 'init Runtime.HandlerNotFound: src/s.x is not a function'],
  [
    'src/d.handler',
    'src/d.mjs',
    'export default { handler: async () => 1 }',
    'init Runtime.HandlerNotFound: src/d.handler is undefined or not exported',
  ],
]

for (const [handler, file, code, wanted] of places) {
  test(`nodejs22.x: ${handler} of ${file}`, async (t) => {
    assert.equal(await outcomeOf(t, { [file]: code }, { ...callbacks, handler }), wanted)
  })
}

test('finds a TypeScript handler beside a folder of the same name', async (t) => {
  const files = {
    'fn.ts': `import { text } from './fn/text.ts'\n${ran('beside')}`,
    'fn/text.ts': `export const text = ''`,
  }
  for (const options of [callbacks, noCallbacks])
    assert.equal(await outcomeOf(t, files, options), 'ok "beside"')
})

test('loads TypeScript with the loader of the service’s tsx, not with its API', async (t) => {
  const loader = `globalThis.loader = 'loaded'; await import('${import.meta.resolve('tsx')}')`
  const tsx = {
    'node_modules/tsx/package.json':
      '{"exports":{".":"./loader.mjs","./cjs/api":"./api.cjs","./esm/api":"./api.cjs"}}',
    'node_modules/tsx/loader.mjs': loader,
    'node_modules/tsx/api.cjs': `throw new Error('the API fails')`,
  }
  const handler = 'exports.handler = async () => globalThis.loader as string'
  assert.equal(await outcomeOf(t, { ...tsx, 'fn.ts': handler }), 'ok "loaded"')
})

test('runs handlers beside a tsx without a loader', async (t) => {
  const tsx = { 'node_modules/tsx/package.json': '{"version":"4.7.3","exports":{".":"./loader.mjs"}}' }
  assert.equal(await outcomeOf(t, { ...tsx, 'fn.js': ran('JavaScript') }), 'ok "JavaScript"')
  assert.equal(
    await outcomeOf(t, { ...tsx, 'fn.ts': `const n: number = 1\n${ran('TypeScript')}` }),
    'ok "TypeScript"',
  )
})

test('nodejs24.x finds a handler in the default export', async (t) => {
  const files = { 'fn.mjs': 'export default { handler: async () => "default" }' }
  assert.equal(await outcomeOf(t, files, noCallbacks), 'ok "default"')
})

test('reports a missing module and invalid JavaScript with Lambda’s error types', async (t) => {
  assert.match(await outcomeOf(t, {}), /^init Runtime.ImportModuleError: Error: Cannot find module 'fn'/)
  const missing = { 'fn.js': `require('not-there')` }
  assert.match(await outcomeOf(t, missing), /^init Runtime.ImportModuleError: .*'not-there'/)
  assert.match(
    await outcomeOf(t, { 'fn.js': 'exports.handler = (' }),
    /^init Runtime.UserCodeSyntaxError: SyntaxError/,
  )
})

test('finds a package that is linked into node_modules', async (t) => {
  const serviceDir = temporaryService({
    'package.json': '{}',
    'fn.js': `const { word } = require('@acme/shared'); exports.handler = async () => word`,
    'packages/shared/package.json': '{"main":"src/index.js"}',
    'packages/shared/src/index.js': `exports.word = 'shared'`,
  })
  mkdirSync(`${serviceDir}/node_modules/@acme`, { recursive: true })
  symlinkSync(`${serviceDir}/packages/shared`, `${serviceDir}/node_modules/@acme/shared`)
  const outcome = await poolFor(t, serviceDir).pool.invoke('{}')
  assert.ok(outcome.ok)
  assert.equal(outcome.payload, '"shared"')
})

test('reports an uncaught error while a module loads unchanged', async (t) => {
  const files = {
    'fn.mjs': `Promise.reject(new Error('at load'))\nawait new Promise(() => setInterval(() => {}, 1_000))`,
  }
  assert.equal(await outcomeOf(t, files), 'init Runtime.UnhandledPromiseRejection: Error: at load')
})
