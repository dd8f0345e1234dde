/** Functions that serverless-offline runs by runners of its own. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ContainerPool, type OutputLine } from '../../../../local/containers/index.ts'
import { refusedFunctions } from '../../../../local/serverless/function-runtime.ts'
import { containerOptions } from '../../../../local/serverless/serverless-function.ts'
import type { FunctionDefinition } from '../../../../local/serverless/service.ts'
import { temporaryService, writeFile } from '../../../harness/container-service.ts'

function serviceOf(serviceDir: string, fn: FunctionDefinition) {
  return {
    classes: { Error },
    serviceDir,
    service: {
      service: 'service',
      provider: { region: 'eu-west-1', environment: { GIVEN: 'yes' } },
      functions: { fn },
    },
  }
}

/** A pool for a function in this language, as the event sources make it, and the lines that it printed. */
function running(t: TestContext, files: Readonly<Record<string, string>>, definition: FunctionDefinition) {
  const serviceDir = temporaryService(files)
  const lines: OutputLine[] = []
  const fn = { handler: 'src/handler.handle', name: 'service-dev-fn', timeout: 20, ...definition }
  const pool = new ContainerPool(containerOptions(serviceOf(serviceDir, fn), 'fn', fn, {}), (line) =>
    lines.push(line),
  )
  t.after(() => pool.close())
  const outcomeOf = async (event: unknown) => {
    const outcome = await pool.invoke(JSON.stringify(event))
    return outcome.ok
      ? `ok ${outcome.payload}`
      : `${outcome.kind} ${outcome.errorType}: ${outcome.errorMessage}`
  }
  return { serviceDir, lines, pool, outcomeOf }
}

const python = { runtime: 'python3.11' }

test('Python: results, errors and prints of a handler, and its module stays loaded', async (t) => {
  const { outcomeOf, lines } = running(
    t,
    {
      'src/handler.py': `import os, sys
calls = 0
def handle(event, context):
    global calls
    calls += 1
    how = event.get("how")
    if how == "none":
        return None
    if how == "raise":
        raise ValueError("not this")
    if how == "exit":
        sys.exit(3)
    if how == "set":
        return {1}
    if how == "print":
        print("one")
        print("two", end="")
    if how == "env":
        return [os.environ[name] for name in ["IS_OFFLINE", "GIVEN", "_HANDLER", "AWS_LAMBDA_FUNCTION_NAME"]] + [os.environ.get("PYTHONPATH")]
    return {"calls": calls}
`,
    },
    python,
  )
  assert.equal(await outcomeOf({ how: 'none' }), 'ok null')
  assert.equal(await outcomeOf({ how: 'raise' }), 'handler ValueError: not this')
  assert.equal(await outcomeOf({ how: 'exit' }), 'handler SystemExit: 3')
  assert.equal(
    await outcomeOf({ how: 'set' }),
    'handler Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable',
  )
  assert.equal(await outcomeOf({ how: 'print' }), 'ok {"calls":5}')
  const printed = lines.map(({ line }) => line)
  assert.deepEqual(printed.slice(-2), ['one', 'two'])
  assert.ok(printed.includes('ValueError: not this'))
  assert.equal(
    await outcomeOf({ how: 'env' }),
    'ok ["true","yes","src/handler.handle","service-dev-fn",null]',
  )
  assert.equal(await outcomeOf({}), 'ok {"calls":7}')
})

test('Python: a handler that cannot be loaded is an error at once', async (t) => {
  const { outcomeOf } = running(t, { 'src/handler.py': 'import not_there' }, python)
  assert.equal(
    await outcomeOf({}),
    "handler Runtime.ImportModuleError: Unable to import module 'src/handler': No module named 'not_there'",
  )
  const other = running(t, { 'src/handler.py': 'x = 1' }, python)
  assert.equal(
    await other.outcomeOf({}),
    "handler Runtime.HandlerNotFound: Handler 'handle' missing on module 'src/handler'",
  )
})

test('Python: a time-out ends the interpreter, and the next invocation has a new one', async (t) => {
  const code = `import os, time
def handle(event, context):
    if event.get("sleep"):
        time.sleep(60)
    return os.getpid()
`
  const { outcomeOf, pool } = running(t, { 'src/handler.py': code }, { ...python, timeout: 2 })
  const first = await outcomeOf({})
  assert.match(first, /^ok \d+$/)
  assert.match(
    await outcomeOf({ sleep: true }),
    /^timeout Sandbox.Timedout: .* timed out after 2.00 seconds$/,
  )
  const second = await outcomeOf({})
  assert.match(second, /^ok \d+$/)
  assert.notEqual(second, first)
  assert.equal(pool.size, 1)
})

test('Python: an edited module is run by the next invocation', async (t) => {
  const { serviceDir, outcomeOf } = running(
    t,
    {
      'src/handler.py': 'from src.word import word\ndef handle(event, context):\n    return word\n',
      'src/word.py': 'word = "as it was"\n',
    },
    python,
  )
  assert.equal(await outcomeOf({}), 'ok "as it was"')
  writeFile(serviceDir, 'src/word.py', 'word = "edited since then"\n')
  assert.equal(await outcomeOf({}), 'ok "edited since then"')
})

test('a language whose program is missing is an error of the invocation', async (t) => {
  const { PATH, VIRTUAL_ENV } = process.env
  process.env.PATH = temporaryService({})
  delete process.env.VIRTUAL_ENV
  t.after(() => {
    process.env.PATH = PATH
    if (VIRTUAL_ENV !== undefined) process.env.VIRTUAL_ENV = VIRTUAL_ENV
  })
  const inPython = running(t, { 'src/handler.py': '' }, python)
  assert.equal(
    await inPython.outcomeOf({}),
    'init Error: There is no python3 on PATH. Install it, or add its folder to PATH.',
  )
  const inRuby = running(t, { 'src/handler.rb': '' }, { runtime: 'ruby3.3' })
  assert.equal(await inRuby.outcomeOf({}), 'handler Error: spawn ruby ENOENT')
})

test('a runtime that serverless-offline cannot run is refused by function and runtime', async () => {
  const refusedWith = async (runtime: string, commandLine = {}) => {
    const service = serviceOf(temporaryService({}), { handler: 'fn.handler', runtime })
    return await refusedFunctions(service, ['fn'], commandLine)
  }
  for (const runtime of ['nodejs22.x', 'nodejs24.x', 'python3.11', 'ruby3.3', 'java17', 'go1.x']) {
    assert.deepEqual(await refusedWith(runtime), [])
  }
  assert.deepEqual(await refusedWith('provided.al2023'), [
    'fn: runtime provided.al2023: serverless-offline runs it in Docker only: start with --useDocker, or set custom.serverless-offline.useDocker.',
  ])
  assert.deepEqual(await refusedWith('provided.al2023', { useDocker: true }), [])
  assert.deepEqual(await refusedWith('dotnet8'), [
    'fn: runtime dotnet8: serverless-offline has no runner for it. To invoke the deployed function, set custom.kafkaEventSource.lambdaEndpoint.',
  ])
  const image = serviceOf(temporaryService({}), { image: '1.dkr.ecr.eu-west-1.amazonaws.com/take' })
  assert.deepEqual(await refusedFunctions(image, ['fn'], {}), [
    'fn: image: serverless-offline runs no container images. To invoke the deployed function, set custom.kafkaEventSource.lambdaEndpoint.',
  ])
})
