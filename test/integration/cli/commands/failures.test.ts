/** Tests `books failures` and `books redrive` without the whole system. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../../../local/programs/ports.ts'
import { books } from '../../../harness/books.ts'
import { failureRecord } from '../../../harness/failure-record.ts'
import { temporaryFolder } from '../../../harness/names.ts'

test('shows failed uploads, and keeps them when ingest cannot be invoked', async () => {
  const env = { USERID: 'me', DATA_DIR: temporaryFolder(), LAMBDA_PORT: String(await freePort()) }
  const none = await books(env, 'failures')
  assert.deepEqual([none.stdout, none.stderr, none.code], ['', 'No upload has failed.\n', 0])

  const folder = join(env.DATA_DIR, 'on-failure', 'ingest')
  const file = join(folder, '1.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, failureRecord('ß.png', '2026-03-02T10:00:00.000Z'))
  const shown = await books(env, 'failures', '--json')
  const { id: _, ...failure } = JSON.parse(shown.stdout)
  assert.deepEqual(failure, {
    book: 'ß.png',
    reason: '"ß.png" is not text.',
    failedAt: '2026-03-02T10:00:00.000Z',
  })
  writeFileSync(join(folder, '2.json'), failureRecord('rlo\u202egpj.png', '2026-03-02T11:00:00.000Z'))
  assert.match(
    (await books(env, 'failures')).stdout,
    /^rlo\\u202egpj\.png .*"rlo\\u202egpj\.png" is not text/m,
  )

  const redriven = await books(env, 'redrive')
  assert.deepEqual([redriven.stdout, redriven.code], ['', 1])
  assert.match(
    redriven.stderr,
    /ingest could not be invoked: .*ECONNREFUSED.* Check that "npm start" is running\./,
  )
  assert.ok(existsSync(file))
})

test('sends no failed upload of a stage to another one', async () => {
  const env = { USERID: 'me', DATA_DIR: temporaryFolder() }
  const bucket = 's3://failures/aws/lambda/async/book-counts-prod-ingest/'
  for (const [settings, args] of [
    [env, ['redrive', '--function', 'book-counts-prod-ingest']],
    [{ ...env, FAILURES: bucket }, ['redrive']],
  ] as const) {
    const { stdout, stderr, code } = await books(settings, ...args)
    assert.deepEqual([stdout, code], ['', 2])
    assert.match(stderr, /^Set FAILURES=s3:\/\/BUCKET\/PREFIX\/ and --function together/)
  }
})
