/** Tests functions that the runners of serverless-offline run. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { OutputLine } from '../../../../local/containers/container.ts'
import { ContainerPool } from '../../../../local/containers/pool.ts'
import { unsupportedFunctions } from '../../../../local/serverless/function-runtime.ts'
import { containerOptions } from '../../../../local/serverless/serverless-function.ts'
import type { FunctionDefinition } from '../../../../local/serverless/service.ts'
import { temporaryService, writeFile } from '../../../harness/container-service.ts'
import {
  compileJava,
  goEnvironment,
  oldJava,
  pathWith,
  withoutGo,
  withoutOldJava,
  withoutRuby,
} from '../../../harness/other-runtimes.ts'

function serviceOf(serviceDir: string, fn: FunctionDefinition, region = 'eu-west-1') {
  return {
    classes: { Error },
    serviceDir,
    service: {
      service: 'service',
      provider: { region, environment: { GIVEN: 'yes' } },
      functions: { fn },
    },
  }
}

/** Creates the pool of a function as the event sources do, and collects its output lines. */
function running(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  definition: FunctionDefinition,
  region?: string,
) {
  const serviceDir = temporaryService(files)
  const lines: OutputLine[] = []
  const fn = { handler: 'src/handler.handle', name: 'service-dev-fn', timeout: 20, ...definition }
  const pool = new ContainerPool(containerOptions(serviceOf(serviceDir, fn, region), 'fn', {}), (line) =>
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

test('Python: returns results, errors and output of a handler, and keeps its module loaded', async (t) => {
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

test('Python: passes the context of Lambda', async (t) => {
  const code = `def handle(event, context):
    c = context
    return [c.aws_request_id, c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb,
            c.log_group_name, c.log_stream_name[-3:], c.identity, c.client_context, c.get_remaining_time_in_millis()]
`
  const definition = { ...python, timeout: 30, memorySize: 512 }
  const { pool } = running(t, { 'src/handler.py': code }, definition, 'cn-north-1')
  const outcome = await pool.invoke('{}', { requestId: 'request-1' })
  assert.ok(outcome.ok)
  const context = JSON.parse(outcome.payload) as unknown[]
  const remaining = Number(context.pop())
  assert.ok(remaining > 15_000 && remaining <= 30_000, String(remaining))
  assert.match(String(context.splice(6, 1)), /^[0-9a-f]{3}$/)
  const name = 'service-dev-fn'
  const arn = `arn:aws-cn:lambda:cn-north-1:000000000000:function:${name}`
  const log = `/aws/lambda/${name}`
  assert.deepEqual(context, ['request-1', name, '$LATEST', arn, '512', log, null, null])
})

test('Python: reports a handler that cannot be loaded immediately', async (t) => {
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

test('Python: ends the interpreter at a timeout, and starts a new one at the next invocation', async (t) => {
  const code = `import os, time
def handle(event, context):
    if event.get("sleep"):
        time.sleep(60)
    return os.getpid()
`
  const { outcomeOf, pool } = running(t, { 'src/handler.py': code }, { ...python, timeout: 8 })
  const first = await outcomeOf({})
  assert.match(first, /^ok \d+$/)
  assert.match(
    await outcomeOf({ sleep: true }),
    /^timeout Sandbox.Timedout: .* timed out after 8.00 seconds$/,
  )
  const second = await outcomeOf({})
  assert.match(second, /^ok \d+$/)
  assert.notEqual(second, first)
  assert.equal(pool.size, 1)
})

test('Python: runs an edited module at the next invocation', async (t) => {
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

test('Ruby: returns results and errors of a handler', { skip: withoutRuby }, async (t) => {
  const { outcomeOf, lines } = running(
    t,
    {
      'src/handler.rb': `def handle(event:, context:)
  puts "printed"
  raise ArgumentError, "not this" if event["fail"]
  { got: event["a"], given: ENV["GIVEN"], name: context.function_name }
end
`,
    },
    { runtime: 'ruby3.3', environment: { PATH: process.env.PATH } },
  )
  assert.equal(await outcomeOf({ a: 1 }), 'ok {"got":1,"given":"yes","name":"service-dev-fn"}')
  assert.match(await outcomeOf({ fail: true }), /^handler \w+: .*not this/)
  assert.ok(lines.some(({ line }) => line.includes('printed')))
})

test('Java: returns results of a handler, and reports an error as a missing result', {
  skip: withoutOldJava,
  timeout: 600_000,
}, async (t) => {
  useEnvironment(t, { PATH: pathWith(oldJava!) })
  const jar = compileJava(
    'Handler',
    `import com.amazonaws.services.lambda.runtime.*;
import java.util.Map;
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    System.out.println("printed");
    if (event.containsKey("fail")) throw new IllegalStateException("not this");
    return Map.of("got", event.get("a"));
  }
}
`,
  )
  const definition = { runtime: 'java11', handler: 'Handler', package: { artifact: jar }, timeout: 240 }
  const { outcomeOf, lines } = running(t, {}, definition)
  assert.equal(await outcomeOf({ a: 1 }), 'ok {"got":1}')
  assert.equal(await outcomeOf({ fail: true }), 'handler Error: The function returned no result.')
  assert.ok(lines.some(({ line }) => line.includes('printed')))
})

test('Go: returns results and errors of a handler', { skip: withoutGo, timeout: 300_000 }, async (t) => {
  useEnvironment(t, await goEnvironment())
  const { outcomeOf } = running(
    t,
    {
      'go.mod': 'module service\n\ngo 1.20\n',
      'fn/handler.go': `package main

import (
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func handle(event map[string]interface{}) (interface{}, error) {
	if event["fail"] != nil {
		return nil, errors.New("not this")
	}
	return map[string]interface{}{"got": event["a"], "given": os.Getenv("GIVEN")}, nil
}

func main() {
	lambda.Start(handle)
}
`,
    },
    { runtime: 'go1.x', handler: 'fn/handler.handle', timeout: 240 },
  )
  assert.equal(await outcomeOf({ a: 1 }), 'ok {"given":"yes","got":1}')
  assert.equal(await outcomeOf({ fail: true }), 'handler Error: not this')
})

test('reports a program that disappears after the start as the error of an invocation', async (t) => {
  useEnvironment(t, { PATH: temporaryService({}), VIRTUAL_ENV: undefined })
  const inPython = running(t, { 'src/handler.py': '' }, python)
  assert.equal(
    await inPython.outcomeOf({}),
    'init Error: There is no python3 on PATH. Install it, or add its folder to PATH.',
  )
})

async function unsupported(runtime: string, commandLine = {}) {
  const service = serviceOf(temporaryService({}), { handler: 'fn.handler', runtime })
  return await unsupportedFunctions(service, ['fn'], commandLine)
}

test('rejects a runtime that serverless-offline cannot run by function and runtime', async () => {
  for (const runtime of ['nodejs22.x', 'nodejs24.x', 'python3.11']) {
    assert.deepEqual(await unsupported(runtime), [])
  }
  assert.deepEqual(await unsupported('provided.al2023'), [
    'fn: runtime provided.al2023: serverless-offline runs it in Docker only: start with --useDocker, or set custom.serverless-offline.useDocker.',
  ])
  assert.deepEqual(await unsupported('provided.al2023', { useDocker: true }), [])
  assert.deepEqual(await unsupported('dotnet8'), [
    'fn: runtime dotnet8: serverless-offline has no runner for it. To invoke the deployed function, set custom.kafkaEventSource.lambdaEndpoint.',
  ])
  const image = serviceOf(temporaryService({}), { image: '1.dkr.ecr.eu-west-1.amazonaws.com/take' })
  assert.deepEqual(await unsupportedFunctions(image, ['fn'], {}), [
    'fn: image: serverless-offline runs no container images. To invoke the deployed function, set custom.kafkaEventSource.lambdaEndpoint.',
  ])
})

test('rejects a runtime whose program is missing, by function and runtime', async (t) => {
  useEnvironment(t, { PATH: temporaryService({}), VIRTUAL_ENV: undefined, JAVA_OFFLINE_SERVER: '1' })
  for (const [runtime, program] of [
    ['python3.11', 'python3'],
    ['ruby3.3', 'ruby'],
    ['go1.x', 'go'],
    ['java17', 'java'],
  ] as const) {
    assert.deepEqual(await unsupported(runtime), [
      `fn: runtime ${runtime}: there is no program ${program} on PATH. Install it, or start with --useDocker.`,
    ])
    assert.deepEqual(await unsupported(runtime, { useDocker: true }), [])
  }
})

test('rejects a version of Java that the runner does not support, unless a server of java-invoke-local runs', async (t) => {
  const programs = temporaryService({})
  const javaOf = (version: string) => {
    writeFile(programs, 'java', `#!/bin/sh\necho 'openjdk version "${version}" 2025-04-15' >&2\n`)
    chmodSync(join(programs, 'java'), 0o755)
  }
  useEnvironment(t, { PATH: pathWith(programs), JAVA_OFFLINE_SERVER: '1' })
  javaOf('17.0.15')
  assert.deepEqual(await unsupported('java17'), [
    "fn: runtime java17: serverless-offline's runner needs Java 8 to 13, but PATH has Java 17. Put an older Java first on PATH, run java-invoke-local --server with an older Java, or start with --useDocker.",
  ])
  for (const version of ['1.8.0_412', '11.0.13', '13']) {
    javaOf(version)
    assert.deepEqual(await unsupported('java17'), [], version)
  }
  javaOf('17.0.15')
  const server = createServer()
  server.listen(0, 'localhost')
  await once(server, 'listening')
  t.after(() => server.close())
  process.env.JAVA_OFFLINE_SERVER = String((server.address() as AddressInfo).port)
  assert.deepEqual(await unsupported('java17'), [])
})

/** Sets variables of this process, which containers of other languages inherit, until the test ends. */
function useEnvironment(t: TestContext, variables: Readonly<Record<string, string | undefined>>): void {
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]))
  set(variables)
  t.after(() => set(before))
}
