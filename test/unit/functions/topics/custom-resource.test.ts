import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respond } from '../../../../functions/topics/custom-resource.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import { startStack } from '../../../harness/stack.ts'

test('reports success with the resource id and, for the presigned URL, an empty content type', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  const request = stack.request('Create')
  await respond(request, silentLog, async () => ({ id: 'me.topics', data: { created: 'me.books' } }))
  assert.deepEqual(stack.responses, [
    {
      contentType: '',
      body: {
        Status: 'SUCCESS',
        PhysicalResourceId: 'me.topics',
        Data: { created: 'me.books' },
        StackId: request.StackId,
        RequestId: request.RequestId,
        LogicalResourceId: 'Topics',
      },
    },
  ])
})

test('reports a failure with its reason, and keeps the resource id so that CloudFormation deletes nothing', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  await respond(stack.request('Update', 'me.topics'), silentLog, async () => {
    throw new AppError('PARTITIONS_DIFFER', `The topics differ. ${'x'.repeat(5_000)}`)
  })
  const { Status, Reason, PhysicalResourceId } = stack.responses[0]!.body
  assert.equal(Status, 'FAILED')
  assert.match(Reason!, /^PARTITIONS_DIFFER: The topics differ/)
  assert.ok(JSON.stringify(stack.responses[0]!.body).length < 4_096)
  assert.equal(PhysicalResourceId, 'me.topics')
})

test('fails the invocation when its response is rejected, so that Lambda retries it', async (t) => {
  const stack = await startStack(403)
  t.after(() => stack.close())
  const made = async () => ({ id: 'me.topics', data: {} })
  await assert.rejects(
    respond(stack.request('Create'), silentLog, made),
    /rejected the response with status 403/,
  )
  assert.equal(stack.responses.length, 1)
})
