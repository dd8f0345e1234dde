/**
 * Compares handlers over HTTP, which serverless-offline runs, with the same handlers over Kafka, which the packed plugin
 * runs: their variables, modules, errors and timeouts are equal.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { build } from 'esbuild'
import { ZipFile } from 'yazl'
import { freePort } from '../../../../local/programs/ports.ts'
import { newTopic } from '../../../harness/event-source.ts'
import { foreignFiles, serverless } from '../../../harness/foreign-service.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

/** A handler that writes its variables and modules to `<function>-<http or kafka>.json`. */
const see = `const { writeFileSync } = require('node:fs')
module.exports = (name, event, more) => {
  const seen = { cwd: process.cwd(), env: { ...process.env }, ...more }
  writeFileSync(name + '-' + (event.records ? 'kafka' : 'http') + '.json', JSON.stringify(seen))
  return { statusCode: 200, body: 'fine' }
}`

/** Functions that succeed and write their variables and modules. */
const reporting: Readonly<Record<string, string>> = {
  promise: 'src/promise.handler',
  callback: 'src/callback.handler',
  succeed: 'src/succeed.handler',
  module: 'src/module.handler',
  folder: 'src/folder.handler',
  typescript: 'src/typescript.api.handler',
  bundled: 'src/bundled.handler',
  python: 'src/in_python.handler',
}

/** Functions that fail. */
const failing: Readonly<Record<string, string>> = {
  fail: 'src/fail.handler',
  callbackError: 'src/callback-error.handler',
  thrown: 'src/thrown.handler',
  rejected: 'src/rejected.api.handler',
  missingModule: 'src/missing-module.handler',
  notExported: 'src/promise.nothing',
  timeout: 'src/timeout.handler',
}

const files: Readonly<Record<string, string>> = {
  'package.json': '{"private":true}',
  'tsconfig.json': '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}',
  'lib/word.ts': `export const word: string = 'by its alias'`,
  'see.cjs': see,
  'node_modules/a-package/package.json': '{"main":"main.js"}',
  'node_modules/a-package/main.js': `exports.word = 'of a package'`,
  'src/promise.js': `const see = require('../see.cjs')
exports.handler = async (event) => see('promise', event, { file: __filename, package: require.resolve('a-package') })`,
  'src/callback.js': `const see = require('../see.cjs')
exports.handler = (event, context, callback) => { setTimeout(() => callback(null, see('callback', event))) }`,
  'src/succeed.js': `const see = require('../see.cjs')
setInterval(() => {}, 1_000)
exports.handler = (event, context) => { setTimeout(() => context.succeed(see('succeed', event))) }`,
  'src/module.mjs': `import see from '../see.cjs'
import { word } from 'a-package'
const top = await Promise.resolve('at the top')
export const handler = async (event) => see('module', event, { file: import.meta.url, word, top })`,
  'src/folder/index.js': `const see = require('../../see.cjs')
exports.handler = async (event) => see('folder', event, { file: __filename })`,
  'src/typescript.ts': `import { word } from '@lib/word'
const see = require('../see.cjs')
enum Kind { Alias = 'alias' }
export const api = { handler: async (event: object) => see('typescript', event, { kind: Kind.Alias, word }) }`,
  'src/bundled.ts': `import query from './query.graphql'
const see = require('../see.cjs')
declare const BUILD_STAMP: string
export const handler = async (event: object) => see('bundled', event, { stamp: BUILD_STAMP, query })`,
  'src/query.graphql': 'query Q { a }',
  'src/in_python.py': `import json, os
from src.word import word
def handler(event, context):
    with open("python-" + ("kafka" if "records" in event else "http") + ".json", "w") as file:
        json.dump({"cwd": os.getcwd(), "env": dict(os.environ), "word": word}, file)
    return {"statusCode": 200, "body": "fine"}
`,
  'src/word.py': 'word = "of a module"\n',
  'src/fail.js': `setInterval(() => {}, 1_000)
exports.handler = (event, context) => context.fail(new RangeError('too far'))`,
  'src/callback-error.js': `setInterval(() => {}, 1_000)
exports.handler = (event, context, callback) => { setTimeout(() => callback(new TypeError('no'))) }`,
  'src/thrown.js': `exports.handler = async () => { throw new Error('thrown') }`,
  'src/rejected.ts': `import { word } from '@lib/word'
export const api = { handler: async () => { throw new TypeError(word) } }`,
  'src/missing-module.js': `require('not-installed')
exports.handler = async () => {}`,
  'src/timeout.js': `exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 60_000))`,
}

async function serviceYml(
  { brokers, topic }: { brokers: string; topic: string },
  httpPort: number,
  handlers: Readonly<Record<string, string>>,
) {
  const function_ = ([name, handler]: [string, string]) => `  ${name}:
    handler: ${handler}
    ${name === 'python' ? 'runtime: python3.11' : ''}
    ${name === 'bundled' ? 'package: { artifact: bundled.zip }' : ''}
    ${name === 'timeout' ? 'timeout: 2' : ''}
    environment: { OWN: ${name} }
    events:
      - httpApi: GET /${name}
      - kafka:
          accessConfigurations: { vpcSubnet: subnet-0, vpcSecurityGroup: sg-0 }
          bootstrapServers: ['${brokers}']
          topic: ${topic}
          consumerGroupId: ${topic}.${name}`
  return `service: foreign
frameworkVersion: '4'
provider:
  name: aws
  runtime: nodejs20.x
  region: eu-west-1
  timeout: 60
  environment:
    PLAIN: p
    JOINED: { 'Fn::Join': ['-', [a, b]] }
    SUBBED: { 'Fn::Sub': ['x-\${v}', { v: 1 }] }
    REFFED: { Ref: OrdersTable }
plugins: [serverless-offline-kafka-event-source, serverless-offline]
custom:
  serverless-offline: { httpPort: ${httpPort}, lambdaPort: ${await freePort()}, noSponsor: true }
  kafkaEventSource: { consumerGroupIds: deployed, maxBackoffSeconds: 1 }
functions:
${Object.entries(handlers).map(function_).join('\n')}
`
}

async function bundle(folder: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [`${folder}/src/bundled.ts`],
    write: false,
    bundle: true,
    platform: 'node',
    define: { BUILD_STAMP: '"built"' },
    loader: { '.graphql': 'text' },
  })
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(outputFiles[0]!.contents), 'src/bundled.js')
  zip.end()
  writeFileSync(`${folder}/bundled.zip`, await buffer(zip.outputStream))
}

/** Variables of the shell. Without --localEnvironment, functions receive only AWS_*. */
const shell = {
  FROM_SHELL: 'yes',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
  AWS_PROFILE: 'local',
}

async function running(t: TestContext, args: readonly string[]) {
  const topic = await newTopic()
  const httpPort = await freePort()
  const folder = foreignFiles({
    ...files,
    'serverless.yml': await serviceYml(topic, httpPort, { ...reporting, ...failing }),
  })
  await bundle(folder)
  const { child, output, exited } = serverless(t, folder, ['offline', 'start', ...args], shell)
  await waitFor(output, { within: 120_000, until: (text) => text.includes('Server ready') })
  await produce(topic, ['x'])
  const stop = async () => {
    child.kill('SIGINT')
    assert.equal(await exited, 0, output())
  }
  return { folder, topic, output, url: `http://127.0.0.1:${httpPort}`, stop }
}

type Seen = Readonly<Record<string, unknown>> & { readonly env: Readonly<Record<string, string>> }

/** The file of a function, without the log stream, which differs by container. */
async function seen(folder: string, name: string, how: string): Promise<Seen> {
  const file = `${folder}/${name}-${how}.json`
  const text = await waitFor(() => (existsSync(file) ? readFileSync(file, 'utf8') : ''), {
    within: 120_000,
    until: (found) => found.endsWith('}'),
  })
  const { env, ...others } = JSON.parse(text) as Seen
  const { AWS_LAMBDA_LOG_STREAM_NAME: _, ...shared } = env
  return { ...others, env: shared }
}

for (const args of [[], ['--localEnvironment']]) {
  test(`handlers get the same variables and modules over HTTP and over Kafka: offline start ${args.join('')}`, {
    skip: withoutKcat,
    timeout: 600_000,
  }, async (t) => {
    const { folder, url, stop } = await running(t, args)
    for (const name of Object.keys(reporting)) {
      const response = await fetch(`${url}/${name}`)
      assert.equal(`${response.status} ${await response.text()}`, '200 fine', name)
      const kafka = await seen(folder, name, 'kafka')
      assert.deepEqual(kafka, await seen(folder, name, 'http'), name)
      assert.equal(kafka.env.IS_OFFLINE, 'true')
      assert.equal(kafka.env.AWS_ENDPOINT_URL, shell.AWS_ENDPOINT_URL)
      assert.equal(kafka.env.JOINED, 'a-b')
      assert.equal(kafka.env.OWN, name)
    }
    assert.equal((await seen(folder, 'bundled', 'kafka')).stamp, 'built')
    assert.equal(
      (await seen(folder, 'promise', 'kafka')).env.FROM_SHELL,
      args[0] === undefined ? undefined : 'yes',
    )
    await stop()
  })
}

test('handlers fail with the same errors and timeouts over HTTP and over Kafka', {
  skip: withoutKcat,
  timeout: 600_000,
}, async (t) => {
  const { folder, output, topic, url, stop } = await running(t, [])
  const [overHttp, overKafka]: Record<string, string>[] = [{}, {}]
  for (const name of Object.keys(failing)) {
    const response = await fetch(`${url}/${name}`)
    const { errorType, errorMessage } = (await response.json()) as Record<string, string>
    const record = `${name} ← ${topic.topic}\\[0\\] 0 \\(1\\)`
    const line = new RegExp(`${record} failed \\d+ ms, attempt 1: ([\\s\\S]*?); retry in`)
    const [, kafka] = await waitFor(() => line.exec(output()) ?? [], {
      within: 120_000,
      until: (match) => match.length > 0,
    })
    overHttp![name] = `${errorType}: ${errorMessage}`
    overKafka![name] = kafka!
  }
  const { timeout: httpTimeout, ...http } = overHttp!
  const { timeout: kafkaTimeout, ...kafka } = overKafka!
  assert.match(httpTimeout!, /^LambdaTimeoutError: /)
  assert.match(kafkaTimeout!, /^Sandbox\.Timedout: .* Task timed out after 2\.00 seconds$/)
  // serverless-offline's worker threads pass only standard error types, and its messages have the handler's full path.
  const comparable = (errors: Record<string, string>) =>
    Object.entries(errors).map(([name, text]) => [
      name,
      text
        .split('\n')[0]!
        .replace(`${folder}/`, '')
        .replace(/^Runtime\.(ImportModuleError|HandlerNotFound): /, 'Error: '),
    ])
  assert.deepEqual(comparable(kafka), comparable(http))
  const unresolved = 'provider: environment.REFFED: cannot resolve {"Ref":"OrdersTable"} on this machine.'
  assert.ok(output().includes(unresolved), output())
  await stop()
})

/** A plugin that builds a function, and then sets the location of the code as a bundler does. */
const builder = (setLocation: string) => `const { mkdirSync, writeFileSync } = require('node:fs')
module.exports = class {
  constructor(serverless) {
    const build = async () => {
      mkdirSync('.built/src', { recursive: true })
      const code = "exports.handler = async (event) => require('../../see.cjs')('built', event, { file: __filename })"
      writeFileSync('.built/src/built.js', code)
      ${setLocation}
    }
    this.hooks = { 'before:offline:start': build, 'before:offline:start:init': build }
  }
}`

const location = `serverless.service.custom['serverless-offline'].location = '.built'`
const servicePath = `serverless.config.servicePath = __dirname + '/.built'`

for (const [what, setLocation, command] of [
  ['custom.serverless-offline.location, set by a plugin', location, ['offline', 'start']],
  ['custom.serverless-offline.location, set by a plugin, without start', location, ['offline']],
  ['the service path, changed by the framework', servicePath, ['offline']],
] as const) {
  test(`built code runs over Kafka as over HTTP: ${what}`, {
    skip: withoutKcat,
    timeout: 600_000,
  }, async (t) => {
    const topic = await newTopic()
    const httpPort = await freePort()
    const yml = await serviceYml(topic, httpPort, { built: 'src/built.handler' })
    const folder = foreignFiles({
      'package.json': '{"private":true}',
      'serverless.yml': yml.replace('plugins: [', 'plugins: [./builder.cjs, '),
      'builder.cjs': builder(setLocation),
      'see.cjs': see,
      'src/built.js': `import not from './an-alias'`,
    })
    const { child, output, exited } = serverless(t, folder, command)
    await waitFor(output, { within: 120_000, until: (text) => text.includes('Server ready') })
    await produce(topic, ['x'])
    const response = await fetch(`http://127.0.0.1:${httpPort}/built`)
    assert.equal(await response.text(), 'fine', output())
    const kafka = await seen(folder, 'built', 'kafka')
    assert.deepEqual(kafka, await seen(folder, 'built', 'http'))
    assert.equal(kafka.file, `${folder}/.built/src/built.js`)
    child.kill('SIGINT')
    assert.equal(await exited, 0, output())
  })
}

test('--noTimeout disables the timeout over HTTP and over Kafka', {
  skip: withoutKcat,
  timeout: 600_000,
}, async (t) => {
  const topic = await newTopic()
  const httpPort = await freePort()
  const yml = await serviceYml(topic, httpPort, { timeout: 'src/slow.handler' })
  const folder = foreignFiles({
    'package.json': '{"private":true}',
    'serverless.yml': yml,
    'see.cjs': see,
    'src/slow.js': `const see = require('../see.cjs')
exports.handler = async (event) => {
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  return see('slow', event)
}`,
  })
  const { child, output, exited } = serverless(t, folder, ['offline', 'start', '--noTimeout'])
  await waitFor(output, { within: 120_000, until: (text) => text.includes('Server ready') })
  await produce(topic, ['x'])
  const response = await fetch(`http://127.0.0.1:${httpPort}/timeout`)
  assert.equal(`${response.status} ${await response.text()}`, '200 fine', output())
  assert.deepEqual(await seen(folder, 'slow', 'kafka'), await seen(folder, 'slow', 'http'))
  const batch = `timeout ← ${topic.topic}[0] 0 (1)`
  await waitFor(output, { within: 120_000, until: (text) => text.includes(`${batch} ok`) })
  assert.ok(!output().includes(`${batch} failed`), output())
  child.kill('SIGINT')
  assert.equal(await exited, 0, output())
})
