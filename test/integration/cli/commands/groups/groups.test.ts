import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { Admin } from '../../../../../kafka/admin.ts'
import { apache } from '../../../../harness/apache.ts'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startBooks } from '../../../../harness/books-process.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { uniqueUserid } from '../../../../harness/names.ts'
import { waitFor } from '../../../../harness/wait-for.ts'

describe('books groups', () => {
  let env: { USERID: string; BROKERS: string }
  let group: string

  before(async () => {
    const { brokers } = await startKafka()
    env = { USERID: uniqueUserid(), BROKERS: brokers }
    group = `${env.USERID}.readers`
    await books(env, 'topics', 'create', 'test1', '--partitions', '1')
    await booksWithInput(env, '0\n1\n2\n3\n4\n', 'produce', 'test1')
    await books(env, 'consume', 'test1', '--group', 'readers', '--from-beginning', '--max', '3')
  })

  it('lists groups, and shows committed offsets and lag as Apache’s tool does', async () => {
    const list = await books(env, 'groups', 'list')
    assert.match(list.stdout, new RegExp(`^group +state\n${group} +Empty\n$`))
    const described = JSON.parse((await books(env, 'groups', 'describe', 'readers', '--json')).stdout)
    assert.deepEqual(described.partitions, [
      { topic: `${env.USERID}.test1`, partition: 0, committed: 3, start: 0, end: 5, lag: 2 },
    ])
    const args = ['--bootstrap-server', env.BROKERS, '--describe', '--group', group]
    const theirs = (await apache('consumer-groups', args)).toString()
    assert.match(theirs, new RegExp(`${group} +${env.USERID}.test1 +0 +3 +5 +2 `))
    assert.match((await books(env, 'groups', 'describe')).stdout, /readers {2}\(Empty, 0 members, lag 2\)/)
  })

  it('shows the members, and refuses to reset or delete a group with members', async () => {
    const member = startBooks(env, 'consume', 'test1', '--group', 'readers')
    const describe = async () =>
      JSON.parse((await books(env, 'groups', 'describe', 'readers', '--json')).stdout)
    await waitFor(async () => (await describe()).partitions[0].member !== undefined, { within: 120_000 })
    const { members, state } = await describe()
    assert.deepEqual([members.length, state], [1, 'Stable'])
    for (const command of [
      ['reset', 'readers', '--to-latest'],
      ['delete', 'readers', '--yes'],
    ]) {
      const refused = await books(env, 'groups', ...command)
      assert.equal(refused.code, 2, refused.stderr)
      assert.match(refused.stderr, /has members/)
    }
    member.child.kill('SIGINT')
    assert.equal((await member.ended).code, 0)
  })

  it('resets offsets to each kind of target, and changes nothing with --dry-run', async () => {
    const committed = async () => {
      const { stdout } = await books(env, 'groups', 'describe', 'readers', '--json')
      return JSON.parse(stdout).partitions[0].committed
    }
    const reset = (...target: readonly string[]) => books(env, 'groups', 'reset', 'readers', ...target)
    const at = await committed()
    const dry = await reset('--to-earliest', '--dry-run', '--json')
    assert.deepEqual(JSON.parse(dry.stdout), {
      topic: `${env.USERID}.test1`,
      partition: 0,
      before: at,
      offset: 0,
    })
    assert.equal(await committed(), at)
    for (const [target, offset] of [
      [['--to-offset', '2'], 2],
      [['--shift-by', '1'], 3],
      [['--shift-by=-2'], 1],
      [['--to-latest'], 5],
      [['--to-datetime', '@0'], 0],
      [['--to-datetime', '2100-01-01T00:00Z'], 5],
      [['--to-earliest', '--topic', 'test1', '--partition', '0'], 0],
    ] as const) {
      const { code, stderr } = await reset(...target)
      assert.equal(code, 0, stderr)
      assert.equal(await committed(), offset, target.join(' '))
    }
    const missing = await reset('--to-latest', '--topic', 'test1', '--partition', '7')
    assert.equal(missing.code, 3)
    assert.match(missing.stderr, /test1 has no partition 7: its last partition is 0\./)
    assert.match((await reset('--to-latest', '-p', '7')).stderr, /has no offsets of partition 7\./)
    for (const time of ['5', '10', '2026-02-30', '11/25/2026'])
      assert.equal((await reset('--to-datetime', time)).code, 2, time)
    assert.equal((await reset()).code, 2)
    assert.equal((await reset('--to-latest', '--to-earliest')).code, 2)
  })

  it('reports that --from-beginning is ignored when the group has committed offsets', async () => {
    await books(env, 'groups', 'reset', 'readers', '--to-offset', '4')
    const read = await books(env, 'consume', 'test1', '-g', 'readers', '--from-beginning', '-e')
    assert.equal(read.stdout, '4\n')
    assert.match(
      read.stderr,
      new RegExp(`--from-beginning is ignored: the group ${group} has committed offsets`),
    )
  })

  it('deletes a group, and then reports it as missing', async () => {
    assert.equal((await books(env, 'groups', 'delete', 'readers')).code, 2)
    assert.equal(
      (await books(env, 'groups', 'delete', 'readers', group, '--yes', '--json')).stdout,
      `{"group":"${group}","deleted":true}\n`,
    )
    for (const command of [
      ['describe', 'readers'],
      ['delete', 'readers', '-y'],
    ]) {
      const gone = await books(env, 'groups', ...command)
      assert.equal(gone.code, 3, gone.stderr)
      assert.match(gone.stderr, /There is no consumer group/)
    }
  })

  it('describes, resets and deletes a group of the newer consumer protocol', async () => {
    const name = `${env.USERID}.newer`
    const topic = ['--topic', `${env.USERID}.test1`, '--from-beginning', '--max-messages', '2']
    const protocol = ['--group', name, '--consumer-property', 'group.protocol=consumer']
    await apache('console-consumer', ['--bootstrap-server', env.BROKERS, ...topic, ...protocol])
    const describe = async () => (await books(env, 'groups', 'describe', 'newer')).stdout
    assert.match(await describe(), /newer {2}\(Empty, 0 members, lag 3\)/)
    assert.equal((await books(env, 'groups', 'reset', 'newer', '--to-earliest')).code, 0)
    assert.match(await describe(), /lag 5/)
    assert.equal((await books(env, 'groups', 'delete', 'newer', '--yes')).stdout, `${name} deleted\n`)
  })

  it('describes the consumer groups beside a group of another kind', async (t) => {
    await books(env, 'consume', 'test1', '--group', 'readers', '--from-beginning', '--max', '1')
    const groups = ['shared', 'readers'].map((name) => ({
      groupId: `${env.USERID}.${name}`,
      state: 'Stable',
    }))
    t.mock.method(Admin.prototype, 'listGroups', async () => groups)
    const { stdout, stderr, code } = await books(env, 'groups', 'describe')
    assert.match(stdout, /readers {2}\(Empty/)
    assert.match(stderr, /^There is no consumer group \S+\.shared\. /)
    assert.equal(code, 0)
  })

  it('alters settings and partitions of a topic, which Apache’s tool shows', async () => {
    const topic = `${env.USERID}.test1`
    const alter = (...args: readonly string[]) => books(env, 'topics', 'alter', 'test1', ...args)
    assert.equal((await alter('--config', 'retention.ms=86400000')).stdout, `${topic} altered\n`)
    const refused = await alter('--partitions', '3')
    assert.deepEqual([refused.code, refused.stdout], [2, ''])
    assert.match(refused.stderr, /New messages of a key can go to another partition/)
    const more = await alter('--partitions', '3', '--yes', '--json')
    assert.deepEqual(JSON.parse(more.stdout), { topic, settings: {}, partitions: 3 })
    const show = ['--bootstrap-server', env.BROKERS, '--describe', '--topic', topic]
    assert.match((await apache('topics', show)).toString(), /PartitionCount: 3.*retention\.ms=86400000/)
    assert.equal((await alter('--delete-config', 'retention.ms')).code, 0)
    assert.doesNotMatch((await books(env, 'topics', 'describe', 'test1')).stdout, /retention/)
    assert.equal((await alter('--config', 'retention.ms=never')).code, 2)
    assert.equal((await alter('--partitions', '2', '--yes')).code, 2)
    await books(env, 'topics', 'create')
    const ofSystem = await books(env, 'topics', 'alter', 'books', '--partitions', '9', '--yes')
    assert.match(ofSystem.stderr, /cannot change/)
  })
})
