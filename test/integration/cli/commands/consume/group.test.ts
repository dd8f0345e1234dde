import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apache } from '../../../../harness/apache.ts'
import { startBooks } from '../../../../harness/books-process.ts'
import { waitFor } from '../../../../harness/wait-for.ts'
import { all, consumer, numbered } from './user.ts'

const within = 60_000

test('resumes a group at its committed offsets, which Apache’s tool shows', async () => {
  const { env, brokers, topic, produce, consume } = await consumer()
  await produce(numbered(10), 'test1')
  const group = ['test1', '--group', 'g', '--from-beginning', '--format', '%o']
  assert.equal((await consume(...group, '--max', '3')).stdout, '0\n1\n2\n')
  assert.equal((await consume(...group, '--max', '2', '--no-commit')).stdout, '3\n4\n')
  assert.equal((await consume(...group, '--max', '4')).stdout, '3\n4\n5\n6\n')
  const described = await apache('consumer-groups', [
    ...['--bootstrap-server', brokers, '--describe', '--offsets'],
    ...['--group', `${env.USERID}.g`],
  ])
  const [row] = described
    .toString()
    .split('\n')
    .filter((line) => line.includes(topic))
  assert.deepEqual(row?.trim().split(/\s+/).slice(0, 6), [`${env.USERID}.g`, topic, '0', '7', '10', '3'])
  assert.equal((await consume(...group, '--until-end')).stdout, '7\n8\n9\n')
  assert.equal((await consume(...group, '--until-end')).stdout, '')
})

test('starts a group without committed offsets at the end by default', async () => {
  const { produce, consume } = await consumer()
  await produce(numbered(3), 'test1')
  assert.equal((await consume('test1', '--group', 'g', '--until-end')).stdout, '')
  await produce('later\n', 'test1')
  assert.equal((await consume('test1', '--group', 'g', '--until-end')).stdout, 'later\n')
  assert.equal((await consume('test1', '--group', 'h', ...all)).stdout, `${numbered(3)}later\n`)
})

test('assigns the partitions to two members, which show each message once', async () => {
  const { env, produce } = await consumer(4)
  const args = ['consume', 'test1', '--group', 'g', '--from-beginning', '--format', '%p %o']
  const one = startBooks(env, ...args)
  const send = () =>
    Promise.all([0, 1, 2, 3].map((partition) => produce('x\n', 'test1', '--partition', String(partition))))
  await send()
  const shown = () => [...one.stdout().trimEnd().split('\n'), ...two().trimEnd().split('\n')].filter(Boolean)
  let two = () => ''
  await waitFor(() => shown().length === 4, { within })
  const other = startBooks(env, ...args)
  two = other.stdout
  let sent = 1
  await waitFor(
    async () => {
      await send()
      sent++
      await waitFor(() => shown().length >= 4 * sent, { within })
      return two() !== ''
    },
    { within, every: 500 },
  )
  one.child.kill('SIGINT')
  other.child.kill('SIGINT')
  assert.deepEqual([(await one.ended).code, (await other.ended).code], [0, 0])
  const expected = [0, 1, 2, 3].flatMap((p) => Array.from({ length: sent }, (_, offset) => `${p} ${offset}`))
  assert.deepEqual(shown().sort(), expected.sort())
})
