import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apache } from '../../../../harness/apache.ts'
import { kcat, withoutKcat } from '../../../../harness/kcat.ts'
import { waitFor } from '../../../../harness/wait-for.ts'
import { all, consumer, numbered } from './user.ts'

const byKcat = { skip: withoutKcat }

test('prints the same as Apache’s console consumer, from the beginning and from an offset', async () => {
  const { brokers, topic, produce, consume } = await consumer()
  await produce(`${numbered(40)}\n  ß… \r\nlast`, 'test1')
  const theirs = (...args: string[]) =>
    apache('console-consumer', ['--bootstrap-server', brokers, '--topic', topic, ...args])
  const whole = await theirs('--from-beginning', '--max-messages', '43')
  assert.deepEqual((await consume('test1', ...all)).bytes, whole)
  const rest = await theirs('--partition', '0', '--offset', '10', '--max-messages', '33')
  const ours = await consume('test1', '--partition', '0', '--offset', '10', '--until-end')
  assert.deepEqual(ours.bytes, rest)
})

test('starts and ends where kcat does, with negative offsets, times and a maximum', byKcat, async () => {
  const { brokers, topic, produce, consume } = await consumer(3)
  await produce(numbered(30), 'test1', '--partition', '1')
  const sentAt = Date.now()
  const between = await waitFor(() => Date.now(), {
    within: 10_000,
    every: 1,
    until: (now) => now > sentAt + 1,
  })
  await produce(numbered(7), 'test1', '--partition', '1')
  const theirs = async (from: string) => {
    const place = ['-t', topic, '-p', '1', '-o', from]
    return (await kcat(['-C', '-q', '-e', '-b', brokers, ...place, '-f', '%o %s\n'])).toString()
  }
  const ours = async (...args: string[]) =>
    (await consume('test1', '--partition', '1', '--until-end', '--format', '%o %v', ...args)).stdout
  assert.equal(await ours('--offset', '-5'), await theirs('-5'))
  assert.equal((await ours('--offset', '-1000')).split('\n').length, 38)
  assert.equal(await ours('--offset', `@${between}`), await theirs(`s@${between}`))
  assert.equal(await ours('--offset', new Date(between).toISOString()), await theirs(`s@${between}`))
  assert.equal(await ours('--offset', '2200-01-01'), '')
  assert.equal(await ours('--offset', 'beginning', '--max', '2'), '0 line 0\n1 line 1\n')
  assert.equal(await ours('--offset', 'end'), '')
  assert.equal(await ours('--offset', '37'), '')
})

test('rejects a missing topic, offset or partition with exit code 3, and an invalid option with 2', async () => {
  const { env, topic, produce, consume } = await consumer(2)
  await produce(numbered(3), 'test1', '--partition', '0')
  for (const [args, code, message] of [
    [
      ['nothing', ...all],
      3,
      `There is no topic ${env.USERID}.nothing. "npm run books -- topics list" shows the existing topics.`,
    ],
    [
      ['test1', '--partition', '0', '--offset', '4'],
      3,
      `${topic}[0] has no offset 4. Use an offset from 0 to 3`,
    ],
    [['test1', '--partition', '2'], 3, `${topic} has no partition 2: its last partition is 1.`],
    [['test1', '--offset', 'yesterday'], 2, 'Invalid value for --offset: "yesterday".'],
    [['test1', '--pattern', '^test'], 2, 'Use either topics or --pattern.'],
    [['--pattern', '(', ...all], 2, 'Invalid value for --pattern: Invalid regular expression'],
    [['test1', '--format', '%y'], 2, 'Invalid value for --format: "%y" is unknown'],
    [['test1', '--group', 'g', '--offset', '1'], 2, 'Omit --partition and --offset'],
    [['test1', '--max', '0'], 2, 'It must be a whole number from 1.'],
  ] as const) {
    const result = await consume(...args)
    assert.equal(result.code, code, result.stderr)
    assert.equal(result.stdout, '')
    assert.ok(result.stderr.includes(message), result.stderr)
  }
})

test('uses a topic name unchanged with --exact', async () => {
  const { topic, produce, consume } = await consumer()
  await produce('one\n', 'test1')
  assert.equal((await consume(topic, ...all, '--exact')).stdout, 'one\n')
  assert.match((await consume('test1', ...all, '--exact')).stderr, /There is no topic test1\./)
})
