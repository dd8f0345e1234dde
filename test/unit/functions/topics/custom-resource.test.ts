import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respond } from '../../../../functions/topics/custom-resource.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import { startStack } from '../../../harness/stack.ts'

test('what was made is told with its id, in the form that the presigned URL is for', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  const request = stack.request('Create')
  await respond(request, silentLog, async () => ({ id: 'me.topics', data: { created: 'me.books' } }))
  assert.deepEqual(stack.answers, [
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

test('a failure is told with its reason and keeps the id, so that nothing is deleted for it', async (t) => {
  const stack = await startStack()
  t.after(() => stack.close())
  await respond(stack.request('Update', 'me.topics'), silentLog, async () => {
    throw new AppError('PARTITIONS_DIFFER', `The topics differ. ${'x'.repeat(5_000)}`)
  })
  const { Status, Reason, PhysicalResourceId } = stack.answers[0]!.body
  assert.equal(Status, 'FAILED')
  assert.match(Reason!, /^PARTITIONS_DIFFER: The topics differ/)
  assert.ok(JSON.stringify(stack.answers[0]!.body).length < 4_096)
  assert.equal(PhysicalResourceId, 'me.topics')
})

test('an answer that does not arrive fails the invocation, which Lambda repeats', async (t) => {
  const stack = await startStack(403)
  t.after(() => stack.close())
  const made = async () => ({ id: 'me.topics', data: {} })
  await assert.rejects(respond(stack.request('Create'), silentLog, made), /refused with 403/)
  assert.equal(stack.answers.length, 1)
})
