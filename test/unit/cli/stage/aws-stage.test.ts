import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { AwsStage } from '../../../../cli/stage/aws-stage.ts'

const stack = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
  <StackName>book-counts-prod</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs><member>
  <OutputKey>HttpApiUrl</OutputKey><OutputValue>https://api.example.com</OutputValue>
  </member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
const denied = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`

test('finds the API of a stage with cloudformation:DescribeStacks as the only permission', async (t) => {
  const account = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    const isAllowed = new URLSearchParams(body).get('Action') === 'DescribeStacks'
    response.writeHead(isAllowed ? 200 : 403, { 'content-type': 'text/xml' }).end(isAllowed ? stack : denied)
  }).listen(0, '127.0.0.1')
  await once(account, 'listening')
  t.after(() => account.close())
  const { port } = account.address() as { readonly port: number }
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  }
  Object.assign(process.env, env)
  const stage = new AwsStage('prod', env, {})
  t.after(() => stage.close())
  assert.deepEqual(await stage.stack(), { status: 'UPDATE_COMPLETE', apiUrl: 'https://api.example.com' })
  await assert.rejects(
    stage.deployedAt(),
    /^.*book-counts-prod failed: not authorized\. Check the credentials/,
  )
})
