import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pythonTools } from '../../harness/python-tools.ts'
import { exampleSettings, type RenderedStage, renderStage } from '../../harness/rendered-stage.ts'

const examples = readdirSync(new URL('../../../deploy/examples', import.meta.url)).map((name) =>
  name.replace(/\.env$/, ''),
)
const tools = await pythonTools()
const rendered = new Map<string, Promise<RenderedStage>>()

function stage(example: string): Promise<RenderedStage> {
  const known = rendered.get(example) ?? renderStage(example, exampleSettings(example))
  rendered.set(example, known)
  return known
}

/**
 * What cfn-lint warns of and we leave: W3005, a DependsOn that a reference implies already; serverless writes those
 * of functions on their roles and of routes on their integrations, and CloudFormation does not mind.
 */
const explained = ['W3005']

for (const example of examples) {
  test(`${example}: cfn-lint has nothing to say`, {
    skip: 'missing' in tools ? tools.missing : false,
  }, async () => {
    const { file } = await stage(example)
    assert.ok('bin' in tools)
    const { stdout } = await promisify(execFile)(join(tools.bin, 'cfn-lint'), [
      ...['--regions', 'eu-central-1', '--ignore-checks', ...explained, '--', file],
    ]).catch((error: { stdout: string }) => error)
    assert.equal(stdout, '')
  })
}

test('topics are there before the mapping and the bucket, and books stay when the stack goes', async () => {
  const { template } = await stage('msk-iam')
  const { CountEventSourceMappingMSKExampleBooksbooks: mapping, S3BucketExamplebooks: bucket } =
    template.Resources
  assert.ok(mapping?.DependsOn?.includes('Topics'))
  assert.ok(bucket?.DependsOn?.includes('Topics'))
  assert.equal(bucket?.DeletionPolicy, 'Retain')
})

test('the mapping is as its settings say, and gives up into a queue', async () => {
  const byDefault = (await stage('msk-iam')).template.Resources.CountEventSourceMappingMSKExampleBooksbooks
  assert.equal(byDefault?.Properties.BatchSize, 10_000)
  assert.equal(byDefault?.Properties.MaximumBatchingWindowInSeconds, 1)
  assert.equal(byDefault?.Properties.ProvisionedPollerConfig, undefined)
  assert.deepEqual(byDefault?.Properties.DestinationConfig, {
    OnFailure: { Destination: { 'Fn::GetAtt': ['LostBatchesQueue', 'Arn'] } },
  })
  const provisioned = (await stage('msk-scram')).template.Resources
    .CountEventSourceMappingMSKExampleBooksbooks
  assert.deepEqual(provisioned?.Properties.ProvisionedPollerConfig, { MinimumPollers: 1, MaximumPollers: 5 })
  assert.equal(provisioned?.Properties.MaximumRetryAttempts, 20)
  assert.equal(provisioned?.Properties.MaximumRecordAgeInSeconds, 86_400)
})

test('no secret is in a template, only its name', async () => {
  const { template } = await stage('confluent')
  const { Environment } = template.Resources.CountLambdaFunction!.Properties as {
    Environment: { Variables: Record<string, string> }
  }
  assert.equal(Environment.Variables.KAFKA_SECURITY, 'sasl-plain')
  assert.equal(Environment.Variables.KAFKA_SECRET, exampleSettings('confluent').KAFKA_SECRET)
  assert.deepEqual(
    Object.keys(Environment.Variables).filter((name) => /PASSWORD|KEY/.test(name)),
    [],
  )
})

test('each function has a role of its own, which allows nothing everywhere that can be named', async () => {
  for (const example of examples) {
    const { template } = await stage(example)
    const functions = Object.entries(template.Resources).filter(([id]) =>
      /^(Ingest|Count|Counts|Uploads|Page|Topics)LambdaFunction$/.test(id),
    )
    const roles = functions.map(([, { Properties }]) => JSON.stringify(Properties.Role))
    assert.equal(functions.length, 6)
    assert.equal(new Set(roles).size, 6)
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type !== 'AWS::IAM::Role' || !/^(Ingest|Count|Counts|Uploads|Page|Topics)Role$/.test(id)) continue
      for (const { Action, Resource } of statementsOf(Properties)) {
        assert.ok(Array.isArray(Action) && !Action.some((action) => action.includes('*')), id)
        if (Resource === '*') assert.ok(Action.every((action) => /^(ec2|xray):/.test(action)))
      }
    }
  }
})

test('a stage without what it needs is refused, with everything that is missing at once', async () => {
  await assert.rejects(renderStage('prod', {}), (error: { stderr: string; stdout: string }) => {
    const said = `${error.stdout}${error.stderr}`
    for (const name of ['USERID', 'BUCKET', 'BROKERS', 'MSK_CLUSTER_ARN'])
      assert.match(said, new RegExp(name))
    return true
  })
})

type Statement = { readonly Action: readonly string[]; readonly Resource: unknown }

function statementsOf(properties: Record<string, unknown>): readonly Statement[] {
  const policies = properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}
