import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../../local/ports.ts'
import { books } from '../../harness/books.ts'
import { startKafka } from '../../harness/kafka.ts'
import { uniqueUserid } from '../../harness/names.ts'

async function user() {
  const { brokers } = await startKafka()
  return { USERID: uniqueUserid(), BROKERS: brokers }
}

test('topics are created, found, listed, described and deleted', async () => {
  const env = await user()
  const names = ['books', 'book-count', 'book-count-state'].map((name) => `${env.USERID}.${name}`)
  const created = await books(env, 'topics', 'create', '--partitions', '3')
  assert.deepEqual(created, {
    stdout: names.map((name) => `${name} created\n`).join(''),
    stderr: '',
    code: 0,
  })
  const again = await books({ ...env, PARTITIONS: '3' }, 'topics', 'create')
  assert.equal(again.stdout, names.map((name) => `${name} was there\n`).join(''))

  const list = await books(env, 'topics', 'list')
  assert.equal(
    list.stdout,
    [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  )

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
  })

  const deleted = await books(env, 'topics', 'delete', 'books', 'book-count', '--yes')
  assert.equal(deleted.stdout, `${names[0]} deleted\n${names[1]} deleted\n`)
  assert.equal((await books(env, 'topics', 'list', '--json')).stdout, `"${names[2]}"\n`)
})

test('a topic of another shape is refused', async () => {
  const env = await user()
  await books(env, 'topics', 'create', 'test1', '--partitions', '2')
  const refused = await books(env, 'topics', 'create', 'test1')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /test1 has 2 partitions, not 5/)
})

test('a name gets the user id in front, unless it has it or is to be taken exactly', async () => {
  const env = await user()
  const exact = uniqueUserid()
  const created = await books(env, 'topics', 'create', 'a', `${env.USERID}.b`)
  assert.equal(created.stdout, `${env.USERID}.a created\n${env.USERID}.b created\n`)
  assert.equal((await books(env, 'topics', 'create', exact, '--exact')).stdout, `${exact} created\n`)
})

test('a topic that is not there is an error', async () => {
  const env = await user()
  for (const verb of ['describe', 'delete']) {
    const { stdout, stderr, code } = await books(env, 'topics', verb, 'nothing')
    assert.deepEqual([stdout, code], ['', 3])
    assert.match(stderr, new RegExp(`There is no topic ${env.USERID}.nothing`))
  }
})

test('nothing is deleted when nobody can be asked', async () => {
  const env = await user()
  await books(env, 'topics', 'create', 'kept')
  const { stderr, code } = await books(env, 'topics', 'delete', 'kept')
  assert.equal(code, 2)
  assert.match(stderr, /--yes/)
  assert.match((await books(env, 'topics', 'list')).stdout, /kept/)
})

test('wrong options and settings are said with the name of what is wrong', async () => {
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

test('a cluster that is away is said with what to do', async () => {
  const BROKERS = `127.0.0.1:${await freePort()}`
  const { stderr, code } = await books({ USERID: 'me', BROKERS }, 'topics', 'list')
  assert.equal(code, 4)
  assert.match(stderr, /npm start.*BROKERS/)
})
