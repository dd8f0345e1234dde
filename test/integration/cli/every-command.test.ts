/** Errors that every command reports: no cluster, no topics, no bucket, a closed pipe, invalid options. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../local/programs/ports.ts'
import { books, booksWithInput } from '../../harness/books.ts'
import { startBooks } from '../../harness/books-process.ts'
import { startBucket } from '../../harness/bucket.ts'
import { startKafka } from '../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'
import { waitFor } from '../../harness/wait-for.ts'

/** Every command that needs Kafka, except `doctor`, which reports an unreachable cluster as a finding. */
const onCluster = [
  'topics list',
  'topics create',
  'topics describe',
  'topics delete --yes',
  'produce test1',
  'consume test1 --until-end',
  'consume test1 --group g --until-end',
  'consume --pattern ^test --until-end',
  'count --until-end',
  'count --to mine --until-end',
  'count --dry-run --until-end',
  'recount',
  'recount a.txt',
  'backfill',
  'counts',
  'counts --watch',
  'event count --from a.txt',
] as const

/** Commands that need existing topics, with the first topic that each reports as missing. */
const onTopics: readonly (readonly [command: string, topic: string])[] = [
  ['topics describe', 'books'],
  ['topics delete --yes', 'books'],
  ['produce test1', 'test1'],
  ['consume test1 --until-end', 'test1'],
  ['consume test1 --group g --until-end', 'test1'],
  ['count --until-end', 'books'],
  ['count --to mine --until-end', 'books'],
  ['count --dry-run --until-end', 'books'],
  ['recount', 'books'],
  ['recount a.txt', 'books'],
  ['backfill', 'books'],
  ['counts', 'book-count'],
  ['event count --from a.txt', 'books'],
]

describe('every command', () => {
  it('exits with 4 and advice when no broker responds', async () => {
    const broker = `127.0.0.1:${await freePort()}`
    for (const command of onCluster) {
      const { stdout, stderr, code } = await books({ USERID: 'me', BROKERS: broker }, ...command.split(' '))
      assert.deepEqual(
        [stdout, stderr, code],
        [
          '',
          `No Kafka broker responds at ${broker}. Start the local cloud with "npm start", or name a cluster with --brokers or BROKERS.\n`,
          4,
        ],
        command,
      )
    }
  })

  it('rejects a missing topic with exit code 3', async () => {
    const { brokers } = await startKafka()
    const env = { USERID: uniqueUserid(), BROKERS: brokers }
    await Promise.all(
      onTopics.map(async ([command, topic]) => {
        const { stdout, stderr, code } = await books(env, ...command.split(' '))
        assert.deepEqual([stdout, code], ['', 3], `${command}: ${stderr}`)
        assert.match(
          stderr,
          new RegExp(`${env.USERID}\\.${topic}\\b.*("npm run books -- topics|Create the topic)`),
          command,
        )
      }),
    )
  })

  it('exits after an error', async () => {
    const { brokers } = await startKafka()
    const env = { USERID: uniqueUserid(), BROKERS: brokers }
    await books(env, 'topics', 'create', 'books', 'book-count-state')
    for (const [command] of onTopics) {
      const { ended } = startBooks(env, ...command.split(' '))
      await waitFor(() => Promise.race([ended, undefined]), { within: 120_000 })
      assert.notEqual((await ended).code, -1, command)
    }
  })

  it('count creates the missing topic book-count-state', async () => {
    const { brokers } = await startKafka()
    const env = { USERID: uniqueUserid(), BROKERS: brokers }
    await books(env, 'topics', 'create', 'books', 'book-count', '--partitions', '3')
    await booksWithInput(env, 'a:1\na:2\n', 'produce', 'books', '--key-separator', ':')
    const dry = await books(env, 'count', '--dry-run', '--until-end', '--json')
    assert.equal(dry.stdout, '{"book":"a","lines":1}\n{"book":"a","lines":2}\n')
    assert.deepEqual((await books(env, 'topics', 'list')).stdout.split('\n').length, 3)
    assert.equal((await books(env, 'count', '--until-end')).code, 0)
    assert.equal((await books(env, 'counts', '--json')).stdout, '{"book":"a","lines":2}\n')
    assert.match((await books(env, 'topics', 'describe', 'book-count-state')).stdout, /3 partitions/)
  })

  it('exits with 4 and advice when the bucket is unreachable', async () => {
    const { brokers } = await startKafka()
    const env = { USERID: uniqueUserid(), BROKERS: brokers, S3_PORT: String(await freePort()) }
    await books(env, 'topics', 'create')
    const file = fileURLToPath(import.meta.url)
    for (const command of [['backfill'], ['upload', file], ['event', 'ingest', '--key', 'a.txt']]) {
      const { stdout, stderr, code } = await books(env, ...command)
      assert.deepEqual([stdout, code], ['', 4], `${command}: ${stderr}`)
      assert.match(stderr, /^[^\n]*ECONNREFUSED[^\n]*npm start[^\n]*\n$/)
    }
  })

  it('exits with 0 and no error when the reader of its output closes the pipe', async () => {
    const { brokers } = await startKafka()
    const { endpoint, bucket } = await startBucket()
    const env = { USERID: uniqueUserid(), BROKERS: brokers, S3_ENDPOINT: endpoint, BUCKET: bucket }
    await books(env, 'topics', 'create')
    await booksWithInput(env, 'a:1\nb:1\nb:2\n', 'produce', 'books', '--key-separator', ':')
    await books(env, 'count', '--until-end')
    const commands = ['topics list', 'topics describe', 'counts', 'counts --watch', 'doctor', '--help']
    await Promise.all(
      commands.map(async (command) => {
        const running = startBooks(env, ...command.split(' '))
        running.child.stdout!.destroy()
        assert.deepEqual(await running.ended, { stdout: '', stderr: '', code: 0 }, command)
      }),
    )
    const messages = startBooks({ ...env, DATA_DIR: temporaryFolder() }, 'failures')
    messages.child.stderr!.destroy()
    assert.deepEqual(await messages.ended, { stdout: '', stderr: '', code: 0 })
  })

  it('rejects invalid commands and options with exit code 2', async () => {
    for (const [command, message] of [
      ['topics list --nonsense', "unknown option '--nonsense'"],
      ['topics describe --json --nonsense', "unknown option '--nonsense'"],
      ['produce', "missing required argument 'topic'"],
      ['event count', "required option '--from <book>' not specified"],
      ['event count --from a --batch-size many', 'It must be a whole number from 1.'],
      ['upload', "missing required argument 'file'"],
      ['backfill --tolerate 101', 'It must be a whole number from 0 to 100.'],
      ['page --stage prod --port 65536', 'It must be a whole number from 1 to 65535.'],
      ['page --stage prod --api books.example.com', 'It must be a URL such as'],
      ['smoke --stage prod --api ftp://books.example.com', 'It must be a URL such as'],
      ['doctor --stage prod --api http://', 'It must be a URL such as'],
      ['backfill --resume', '--resume requires --workflow'],
      ['nonsense', "unknown command 'nonsense'"],
      ['topics nonsense', "unknown command 'nonsense'"],
    ] as const) {
      const { stdout, stderr, code } = await books({ USERID: 'me' }, ...command.split(' '))
      assert.deepEqual([stdout, code], ['', 2], `${command}: ${stderr}`)
      assert.ok(stderr.includes(message), stderr)
    }
  })

  it('rejects options that npm took, because they were not after "--"', async () => {
    for (const [command, taken, option] of [
      ['consume test1', 'from_beginning', '--from-beginning'],
      ['groups reset readers --to-earliest', 'dry_run', '--dry-run'],
      ['consume test1 --group g', 'commit', '--no-commit'],
    ] as const) {
      const env = { USERID: 'me', npm_lifecycle_event: 'books', [`npm_config_${taken}`]: 'true' }
      const { stdout, stderr, code } = await startBooks(env, ...command.split(' ')).ended
      assert.deepEqual([stdout, code], ['', 2], stderr)
      assert.ok(stderr.startsWith(`npm took the option ${option}. Write "--" before`), stderr)
    }
  })
})
