import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../../local/programs/ports.ts'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startBooks } from '../../../../harness/books-process.ts'
import { startOwnKafka } from '../../../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../../../harness/names.ts'
import { waitFor } from '../../../../harness/wait-for.ts'
import { all, consumer, numbered } from './user.ts'

const within = 60_000

test('shows new messages, also of topics that are created later, and exits with 0 after Ctrl-C', async () => {
  const { env, create, produce } = await consumer()
  await produce('first\n', 'test1')
  const following = startBooks(env, 'consume', '--pattern', '^test', '--from-beginning')
  await waitFor(() => following.stdout() === 'first\n', { within })
  await produce('second\n', 'test1')
  await waitFor(() => following.stdout() === 'first\nsecond\n', { within })
  await create('other')
  await create('test2')
  await produce('elsewhere\n', 'other')
  await produce('third\n', 'test2')
  await waitFor(() => following.stdout() === 'first\nsecond\nthird\n', { within })
  following.child.kill('SIGINT')
  const { stdout, stderr, code } = await following.ended
  assert.deepEqual([stdout, stderr, code], ['first\nsecond\nthird\n', '', 0])
})

test('exits with 130 when it is interrupted before the number of messages in --max', async () => {
  const { env, produce } = await consumer()
  await produce('first\n', 'test1')
  const following = startBooks(env, 'consume', 'test1', '--from-beginning', '--max', '2')
  await waitFor(() => following.stdout() === 'first\n', { within })
  following.child.kill('SIGINT')
  assert.equal((await following.ended).code, 130)
})

test('exits with 0 and no error when its reader closes the pipe', async () => {
  const { env, produce } = await consumer()
  await produce(numbered(200_000), 'test1')
  const main = fileURLToPath(new URL('../../../../../cli/main.ts', import.meta.url))
  const command = `"${process.execPath}" --import tsx "${main}" consume test1 --from-beginning | head -n 2; exit \${PIPESTATUS[0]}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: within,
  })
  assert.deepEqual([stdout, stderr, status], ['line 0\nline 1\n', '', 0])
})

test('exits with 4 and advice when no broker responds', async () => {
  const BROKERS = `127.0.0.1:${await freePort()}`
  const { stderr, code } = await books({ USERID: 'me', BROKERS }, 'consume', 'test1', ...all)
  assert.equal(code, 4)
  assert.match(stderr, /No Kafka broker responds at .*npm start.*BROKERS/)
})

test('reports a retry when the broker stops, and continues after its restart', async () => {
  const dataDir = join(temporaryFolder(), 'kafka')
  const broker = await startOwnKafka({ dataDir })
  const env = { USERID: uniqueUserid(), BROKERS: broker.brokers }
  await books(env, 'topics', 'create', 'test1', '--partitions', '2')
  await booksWithInput(env, 'before\n', 'produce', 'test1')
  const following = startBooks(env, 'consume', 'test1', '--from-beginning')
  await waitFor(() => following.stdout() === 'before\n', { within })
  await broker.stop()
  await waitFor(() => /Retrying/.test(following.stderr()), { within })
  await startOwnKafka({ port: Number(broker.brokers.split(':')[1]), dataDir })
  await booksWithInput(env, 'after\n', 'produce', 'test1')
  await waitFor(() => following.stdout() === 'before\nafter\n', { within })
  assert.match(following.stderr(), /Retrying …\nReading continues\.\n$/)
  following.child.kill('SIGINT')
  assert.equal((await following.ended).code, 0)
})
