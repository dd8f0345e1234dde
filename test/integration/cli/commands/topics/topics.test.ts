import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../../../../local/programs/ports.ts'
import { apache } from '../../../../harness/apache.ts'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { uniqueUserid } from '../../../../harness/names.ts'

async function user() {
  const { brokers } = await startKafka()
  return { USERID: uniqueUserid(), BROKERS: brokers }
}

test('topics are created, found, listed, described and deleted', async () => {
  const env = await user()
  const names = ['books', 'book-count', 'book-count-state'].map((name) => `${env.USERID}.${name}`)
  const created = await books(env, 'topics', 'create', '--partitions', '3')
  assert.deepEqual(
    [created.stdout, created.stderr, created.code],
    [names.map((name) => `${name} created\n`).join(''), '', 0],
  )
  const again = await books({ ...env, PARTITIONS: '3' }, 'topics', 'create')
  assert.equal(again.stdout, names.map((name) => `${name} exists\n`).join(''))

  const list = await books(env, 'topics', 'list')
  assert.equal(
    list.stdout,
    [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  )

  const theirs = async () => {
    const all = await apache('topics', ['--bootstrap-server', env.BROKERS, '--list'])
    return all.toString().replaceAll(new RegExp(`^(?!${env.USERID}\\.).*\\n`, 'gm'), '')
  }
  assert.equal(list.stdout, await theirs())

  const described = await books(env, 'topics', 'describe', 'books', '--json')
  const topic = JSON.parse(described.stdout)
  assert.equal(topic.name, names[0])
  assert.equal(topic.partitions.length, 3)
  assert.deepEqual(topic.partitions[0], {
    partition: 0,
    leader: 1,
    replicas: [1],
    inSync: [1],
    start: 0,
    end: 0,
    bytes: 0,
  })

  const deleted = await books(env, 'topics', 'delete', 'books', 'book-count', 'books', '--yes')
  assert.equal(deleted.stdout, `${names[0]} deleted\n${names[1]} deleted\n`)
  assert.equal((await books(env, 'topics', 'list', '--json')).stdout, `"${names[2]}"\n`)
  assert.equal(await theirs(), `${names[2]}\n`)
})

test('describes a topic with the same values as Apache’s tools', async () => {
  const env = await user()
  const topic = `${env.USERID}.test1`
  const shape = [
    '--partitions',
    '3',
    '--config',
    'retention.ms=86400000',
    '--config',
    'cleanup.policy=compact',
  ]
  await books(env, 'topics', 'create', 'test1', ...shape)
  await booksWithInput(env, 'a\nb\nc\n', 'produce', 'test1', '--key', 'k', '--partition', '1')
  const { stdout } = await books(env, 'topics', 'describe', 'test1', '--json')
  const { settings, partitions } = JSON.parse(stdout)

  const at = ['--bootstrap-server', env.BROKERS]
  const [theirs, set, offsets, folders] = (
    await Promise.all([
      apache('topics', [...at, '--describe', '--topic', topic]),
      apache('configs', [...at, '--describe', '--entity-type', 'topics', '--entity-name', topic]),
      apache('get-offsets', [...at, '--topic', topic]),
      apache('log-dirs', [...at, '--describe', '--topic-list', topic]),
    ])
  ).map(String) as [string, string, string, string]
  const pairs = [...set.matchAll(/^ {2}(\S+)=(\S*) sensitive=/gm)].map(([, name, value]) => [name, value])
  assert.deepEqual(settings, Object.fromEntries(pairs))
  assert.equal(pairs.length, 2)
  const rows = [...theirs.matchAll(/Partition: (\d+)\s+Leader: (\d+)\s+Replicas: (\S+)\s+Isr: (\S+)/g)]
  const sizes = JSON.parse(/\{.*\}/.exec(folders)![0]).brokers[0].logDirs[0].partitions
  assert.deepEqual(
    partitions,
    rows.map(([, partition, leader, replicas, inSync]) => ({
      partition: Number(partition),
      leader: Number(leader),
      replicas: replicas!.split(',').map(Number),
      inSync: inSync!.split(',').map(Number),
      start: 0,
      end: Number(new RegExp(`^${topic}:${partition}:(\\d+)$`, 'm').exec(offsets)![1]),
      bytes: sizes.find((each: { partition: string }) => each.partition === `${topic}-${partition}`).size,
    })),
  )
  assert.equal(partitions[1]?.end, 3)

  const table = await books(env, 'topics', 'describe', 'test1')
  assert.match(table.stdout, /settings [\s\S]*retention\.ms=86400000/)
})

test('leaves an existing topic unchanged, and reports how it differs', async () => {
  const env = await user()
  const create = (...args: string[]) => books(env, 'topics', 'create', 'test1', ...args)
  await create('--partitions', '2', '--config', 'retention.ms=1000000')
  const refused = await create()
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /test1 has 2 partitions, not 5/)
  const same = await create('--partitions', '2', '--config', 'retention.ms=1000000')
  assert.deepEqual([same.stdout, same.code], [`${env.USERID}.test1 exists\n`, 0])
  const other = await create('--partitions', '2', '--config', 'retention.ms=5', '--config', 'segment.ms=7')
  assert.equal(other.code, 1)
  assert.match(
    other.stderr,
    /test1 has retention\.ms=1000000, not 5; .*test1 has segment\.ms=\(default\), not 7\. Change them with topics alter/,
  )
})

test('reports why a topic cannot be created', async () => {
  const env = await user()
  for (const [args, message] of [
    [['a b'], /Topic name is invalid/],
    [['a', '--replication-factor', '9'], /replication factor of 9/],
    [['a', '--config', 'nonsense=1'], /Unknown topic config name: nonsense/],
  ] as const) {
    const { stderr, code } = await books(env, 'topics', 'create', ...args)
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
  }
})

test('prefixes a name with the user id, unless it has that prefix or --exact is set', async () => {
  const env = await user()
  const exact = uniqueUserid()
  const created = await books(env, 'topics', 'create', 'a', `${env.USERID}.b`)
  assert.equal(created.stdout, `${env.USERID}.a created\n${env.USERID}.b created\n`)
  assert.equal((await books(env, 'topics', 'create', exact, '--exact')).stdout, `${exact} created\n`)
})

test('rejects a missing topic with exit code 3', async () => {
  const env = await user()
  for (const verb of ['describe', 'delete']) {
    const { stdout, stderr, code } = await books(env, 'topics', verb, 'nothing')
    assert.deepEqual([stdout, code], ['', 3])
    assert.match(stderr, new RegExp(`${env.USERID}\\.nothing\\b.*Create the topic`))
  }
})

test('refuses to delete a topic without --yes when there is no terminal', async () => {
  const env = await user()
  await books(env, 'topics', 'create', 'kept')
  const { stderr, code } = await books(env, 'topics', 'delete', 'kept')
  assert.equal(code, 2)
  assert.match(stderr, /--yes/)
  assert.match((await books(env, 'topics', 'list')).stdout, /kept/)
})

test('rejects invalid options and settings by name with exit code 2', async () => {
  const env = await user()
  for (const [args, message] of [
    [['topics', 'create', '--partitions', '0'], /--partitions/],
    [['topics', 'create', '--config', 'nonsense'], /key=value/],
    [['nonsense'], /unknown command 'nonsense'/],
  ] as const) {
    const { stderr, code } = await books(env, ...args)
    assert.equal(code, 2)
    assert.match(stderr, message)
  }
  const settings = await books({ ...env, BROKERS: 'nowhere', PARTITIONS: 'many' }, 'topics', 'list')
  assert.equal(settings.code, 2)
  assert.match(settings.stderr, /BROKERS.*PARTITIONS/)
})

test('--brokers sets the cluster, before or after the command', async () => {
  const { USERID, BROKERS } = await user()
  const unreachable = { USERID, BROKERS: `127.0.0.1:${await freePort()}` }
  await books({ USERID, BROKERS }, 'topics', 'create', 'test1')
  for (const args of [
    ['topics', 'list', '--brokers', BROKERS],
    ['--brokers', BROKERS, 'topics', 'list'],
  ]) {
    const { stdout, code } = await books(unreachable, ...args)
    assert.deepEqual([stdout, code], [`${USERID}.test1\n`, 0])
  }
  const wrong = await books(unreachable, 'topics', 'list', '--brokers', 'nowhere')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /BROKERS must be host:port.*"nowhere"/)
})

test('exits with 4 and advice when no broker responds', async () => {
  const BROKERS = `127.0.0.1:${await freePort()}`
  const { stderr, code } = await books({ USERID: 'me', BROKERS }, 'topics', 'list')
  assert.equal(code, 4)
  assert.match(stderr, /npm start.*BROKERS/)
})
