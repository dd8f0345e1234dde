import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secrets } from '../../../lib/secrets.ts'

function counting(answers: readonly (string | Error)[]) {
  let requests = 0
  let now = 0
  const fetch = async () => {
    const answer = answers[Math.min(requests++, answers.length - 1)]!
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    secrets: new Secrets(fetch, 1_000, () => now),
    requests: () => requests,
    sleep: (ms: number) => {
      now += ms
    },
  }
}

test('requests a secret once for concurrent callers, and again when it is old', async () => {
  const { secrets, requests, sleep } = counting(['{"password":"one"}', '{"password":"two"}'])
  const texts = await Promise.all([secrets.text('arn', 'password'), secrets.text('arn', 'password')])
  assert.deepEqual(texts, ['one', 'one'])
  sleep(999)
  assert.equal(await secrets.text('arn', 'password'), 'one')
  assert.equal(requests(), 1)
  sleep(1)
  assert.equal(await secrets.text('arn', 'password'), 'two')
})

test('requests a secret again after it was rejected', async () => {
  const { secrets } = counting(['{"password":"one"}', '{"password":"rotated"}'])
  await secrets.read('arn')
  secrets.forget('arn')
  assert.equal(await secrets.text('arn', 'password'), 'rotated')
})

test('caches no error, and names the required permission', async () => {
  const { secrets } = counting([new Error('AccessDenied'), '{"password":"one"}'])
  await assert.rejects(secrets.read('arn'), {
    code: 'SECRET_UNAVAILABLE',
    retryable: true,
    message: /arn cannot be read: AccessDenied.*secretsmanager:GetSecretValue/,
  })
  assert.equal(await secrets.text('arn', 'password'), 'one')
})

test('rejects a secret of another form without showing it', async () => {
  for (const text of ['hunter2', '"hunter2"', '{"passwort":"hunter2"}']) {
    const { secrets } = counting([text])
    await assert.rejects(secrets.text('arn', 'password'), (error: Error) => {
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /hunter2/)
      return true
    })
  }
})
