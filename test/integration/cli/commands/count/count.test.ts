/** Tests `books count` and `books recount` on a real broker with an oracle that shares no code with them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../../local/programs/ports.ts'
import { runOracle, withoutOracle } from '../../../../faults/oracle.ts'
import { books } from '../../../../harness/books.ts'
import { startBooks } from '../../../../harness/books-process.ts'
import { newUser, type User } from '../../../../harness/counting-user.ts'
import { kcat, kcatRecords } from '../../../../harness/kcat.ts'
import { uniqueUserid } from '../../../../harness/names.ts'
import { waitFor } from '../../../../harness/wait-for.ts'

describe('books count', { skip: withoutOracle }, () => {
  it('publishes each update once, and continues at its checkpoint', async () => {
    const user = await newUser()
    const { books: topic } = user.config.topics
    await user.produce(lines(300))
    const first = await count(user, '--until-end', '--json')
    assert.deepEqual(JSON.parse(first.stdout), { books: 3, lines: 300, published: 300 })
    assert.equal(first.code, 0)
    await kcat(['-P', '-Z', '-b', user.brokers, '-t', topic, '-K', '|'], 'removed|x\nremoved|\n')
    await user.produce(lines(30))
    const second = await count(user, '--until-end', '--json')
    assert.equal(JSON.parse(second.stdout).published, 32)
    const third = await count(user, '--until-end', '--json')
    assert.equal(JSON.parse(third.stdout).published, 0)
    assert.deepEqual((await verdict(user)).differences, [])
  })

  it('publishes every count again at each run with --from-beginning, with the same totals', async () => {
    const user = await newUser()
    await user.produce(lines(100))
    await count(user, '--until-end')
    const once = await user.counts()
    for (const times of [2, 3]) {
      const { stdout } = await count(user, '--from-beginning', '--until-end', '--json')
      assert.deepEqual(JSON.parse(stdout), { books: 3, lines: 100, published: 100 })
      for (const [book, updates] of Object.entries(await user.counts()))
        assert.deepEqual(updates, Array(times).fill(once[book]).flat())
    }
    assert.deepEqual((await verdict(user, 2)).differences, [])
  })

  it('follows the topic until Ctrl-C', async () => {
    const user = await newUser()
    const counting = startBooks(environment(user), 'count')
    for (const total of [20, 40]) {
      await user.produce(lines(20))
      await waitFor(async () => sum(await user.lastCounts()), { within: 60_000, until: (n) => n === total })
    }
    await waitFor(() => /40 updates published/.test(counting.stderr()), { within: 30_000 })
    counting.child.kill('SIGINT')
    const { code, stdout } = await counting.ended
    assert.deepEqual([code, stdout], [0, ''])
    assert.deepEqual((await verdict(user)).differences, [])
  })

  it('counts into another topic without a change to the shared topics', async () => {
    const user = await newUser()
    const { bookCount, bookCountState } = user.config.topics
    await user.produce(lines(50))
    await count(user, '--until-end')
    const shared = await user.counts()
    await user.produce(lines(10))
    const { stdout } = await count(user, '--to', 'mine', '--until-end', '--json')
    assert.deepEqual(JSON.parse(stdout), { books: 3, lines: 60, published: 60 })
    assert.deepEqual(await user.counts(), shared)
    const state = await user.admin.offsets(bookCountState)
    await count(user, '--to', 'mine', '--until-end')
    assert.deepEqual(await user.admin.offsets(bookCountState), state)
    await count(user, '--until-end')
    const own = await kcatRecords(user.brokers, `${user.config.userid}.mine`)
    const ours = await kcatRecords(user.brokers, bookCount)
    const text = (records: typeof own) =>
      records.map(({ partition, key, value }) => `${partition} ${key} ${value}`)
    const byBook = (records: typeof own) => text(records).sort()
    assert.deepEqual(byBook(own), byBook([...ours, ...ours]))
    assert.equal((await count(user, '--to', 'book-count', '--until-end')).code, 2)
  })

  it('prints what it would publish, and publishes nothing', async () => {
    const user = await newUser()
    await user.produce(['a', 'a'])
    await count(user, '--until-end')
    await user.produce(['a', 'b'])
    const shared = await user.counts()
    const going = await count(user, '--dry-run', '--until-end')
    assert.deepEqual(going.stdout.trimEnd().split('\n').sort(), ['a\t3', 'b\t1'])
    const all = await count(user, '--dry-run', '--from-beginning', '--until-end', '--json')
    const updates = all.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      updates.filter(({ book }) => book === 'a').map(({ lines }) => lines),
      [1, 2, 3],
    )
    assert.deepEqual(await user.counts(), shared)
  })

  it('reports an unreachable cluster, a missing topic and invalid options by exit code', async () => {
    const unreachable = { USERID: uniqueUserid(), BROKERS: `127.0.0.1:${await freePort()}` }
    const unavailable = await books(unreachable, 'count', '--until-end')
    assert.equal(unavailable.code, 4)
    assert.match(unavailable.stderr, /npm start.*BROKERS/)
    const user = await newUser()
    const none = await books({ ...environment(user), USERID: uniqueUserid() }, 'count', '--until-end')
    assert.equal(none.code, 3)
    assert.match(none.stderr, /There is no topic .*\.books/)
    const both = await count(user, '--to', 'mine', '--dry-run')
    assert.equal(both.code, 2)
    assert.match(both.stderr, /--to <topic>.*--dry-run/)
  })

  it('exits with 0 and no error when its reader closes the pipe', async () => {
    const user = await newUser()
    await user.produce(lines(3_000))
    const main = fileURLToPath(new URL('../../../../../cli/main.ts', import.meta.url))
    const pipe = `set -o pipefail; "$0" --import tsx "$1" count --dry-run --until-end | head -1`
    const stdout = execFileSync('bash', ['-c', pipe, process.execPath, main], {
      env: { ...process.env, ...environment(user) },
      encoding: 'utf8',
    })
    assert.match(stdout, /^[abc]\t1\n$/)
  })
})

describe('books recount', { skip: withoutOracle }, () => {
  it('publishes exact counts when it is killed and run again', async () => {
    const user = await newUser()
    await user.produce(lines(60_000))
    await count(user, '--until-end')
    const published = await ends(user)
    const counting = startBooks(environment(user), 'recount')
    await waitFor(async () => (await ends(user)) > published + 1_000, { within: 60_000, every: 5 })
    counting.child.kill('SIGKILL')
    await once(counting.child, 'close')
    const { stdout, code } = await books(environment(user), 'recount', '--json')
    const totals = JSON.parse(stdout)
    assert.deepEqual([totals.books, totals.lines, code], [3, 60_000, 0])
    assert.deepEqual((await verdict(user, 2)).differences, [])
  })

  it('is completed by the function after it was killed', async () => {
    const user = await newUser({ PARTITIONS: '1' })
    await user.produce(lines(30_000))
    await count(user, '--until-end')
    const published = await ends(user)
    const counting = startBooks(environment(user), 'recount')
    await waitFor(async () => (await ends(user)) > published + 1_000, { within: 60_000, every: 5 })
    counting.child.kill('SIGKILL')
    await once(counting.child, 'close')
    await user.produce(['a'])
    await user.counter().count(await lastRecords(user))
    assert.deepEqual(await user.lastCounts(), { a: '10001', b: '10000', c: '10000' })
    assert.deepEqual((await verdict(user, 1)).differences, [])
  })

  it('corrects one book, publishes its count once, and leaves the others unchanged', async () => {
    const user = await newUser({ PARTITIONS: '2' })
    await produceTo(user, 0, 'a|1\na|2\nb|1\n')
    await produceTo(user, 1, 'a|3\n')
    await count(user, '--until-end')
    // Forged with matching totals, so that only the lines reveal the error.
    const { bookCountState, bookCount } = user.config.topics
    const forge = (topic: string, text: string) =>
      kcat(['-P', '-b', user.brokers, '-t', topic, '-p', '0', '-K', '|'], text)
    await forge(bookCountState, 'book:a|{"v":1,"lines":1,"edition":"","number":0,"complete":false}')
    await forge(bookCountState, 'book:b|{"v":1,"lines":2,"edition":"","number":0,"complete":false}')
    await forge(bookCount, 'a|1')
    const { stdout, code } = await books(environment(user), 'recount', 'a', '--json')
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        { book: 'a', partition: 0, lines: 2 },
        { book: 'a', partition: 1, lines: 1 },
      ],
    )
    assert.equal(code, 0)
    assert.equal(
      (await books(environment(user), 'counts', '--json')).stdout,
      '{"book":"a","lines":3}\n{"book":"b","lines":1}\n',
    )
    await books(environment(user), 'recount', 'b')
    await produceTo(user, 0, 'a|4\nb|2\n')
    await count(user, '--until-end')
    assert.equal(
      (await books(environment(user), 'counts', '--json')).stdout,
      '{"book":"a","lines":4}\n{"book":"b","lines":2}\n',
    )
  })

  it('reports a removed book, and rejects an unknown book with exit code 3', async () => {
    const user = await newUser({ PARTITIONS: '1' })
    await kcat(['-P', '-Z', '-b', user.brokers, '-t', user.config.topics.books, '-K', '|'], 'gone|x\ngone|\n')
    const gone = await books(environment(user), 'recount', 'gone')
    assert.deepEqual([gone.stdout, gone.code], ['gone\tremoved\n', 0])
    const missing = await books(environment(user), 'recount', 'never')
    assert.deepEqual([missing.stdout, missing.code], ['', 3])
    assert.match(missing.stderr, /no line of "never"/)
  })
})

function environment({ config, brokers }: User): Record<string, string> {
  return { USERID: config.userid, BROKERS: brokers }
}

function count(user: User, ...options: readonly string[]) {
  return books(environment(user), 'count', ...options)
}

/** Lines of the books a, b and c in turn. */
function lines(number: number): readonly string[] {
  return Array.from({ length: number }, (_, i) => 'abc'[i % 3]!)
}

async function produceTo(user: User, partition: number, text: string): Promise<void> {
  await kcat(
    ['-P', '-b', user.brokers, '-t', user.config.topics.books, '-p', `${partition}`, '-K', '|'],
    text,
  )
}

/** The sum of the end offsets of the counts topic. */
async function ends(user: User): Promise<number> {
  const offsets = await user.admin.offsets(user.config.topics.bookCount)
  return offsets.reduce((total, { end }) => total + end, 0)
}

/** An event with the last record of every partition. */
async function lastRecords(user: User) {
  const last = new Map((await user.records()).map((record) => [record.partition, record]))
  return user.eventOf([...last.values()])
}

function sum(counts: Readonly<Record<string, string>>): number {
  return Object.values(counts).reduce((total, value) => total + Number(value), 0)
}

function verdict(user: User, rebuilds = 0) {
  return runOracle({ brokers: user.brokers, userid: user.config.userid, ending: [], rebuilds })
}
