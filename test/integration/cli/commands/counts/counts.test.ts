import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../../../../books/config.ts'
import { PublishedCounts } from '../../../../../cli/commands/counts/published-counts.ts'
import { partitionOfKey } from '../../../../../kafka/producer/murmur2.ts'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { kcat, withoutKcat } from '../../../../harness/kcat.ts'
import { uniqueUserid } from '../../../../harness/names.ts'
import { waitFor } from '../../../../harness/wait-for.ts'

async function user() {
  const { brokers } = await startKafka()
  const env = { USERID: uniqueUserid(), BROKERS: brokers }
  await books(env, 'topics', 'create')
  const publish = (partition: number, text: string) =>
    kcat(
      ['-P', '-Z', '-b', brokers, '-t', `${env.USERID}.book-count`, '-p', `${partition}`, '-K', '\t'],
      text,
    )
  return { env, publish }
}

test('prints advice and no data when there are no counts', async () => {
  const { env } = await user()
  const { stdout, stderr, code } = await books(env, 'counts')
  assert.deepEqual([stdout, code], ['', 0])
  assert.match(stderr, /npm run upload/)
})

test('prints the last count of each book, summed over partitions, without removed books', {
  skip: withoutKcat,
}, async () => {
  const { env, publish } = await user()
  await publish(0, 'a b.txt\t1\na b.txt\t2\ngone\t9\ngone\t\n')
  await publish(1, 'ß.txt\t7\n')
  await publish(2, 'ß.txt\t3\n')
  const { stdout, code } = await books(env, 'counts')
  assert.equal(code, 0)
  assert.equal(stdout, 'book     lines\na b.txt      2\nß.txt       10\ntotal       12\n')
  const json = await books(env, 'counts', '--json')
  assert.equal(json.stdout, '{"book":"a b.txt","lines":2}\n{"book":"ß.txt","lines":10}\n')
})

test('prints a line for each change with --watch and a pipe, and exits with 0 after Ctrl-C', {
  skip: withoutKcat,
}, async () => {
  const { env, publish } = await user()
  await publish(0, 'first\t1\n')
  const main = fileURLToPath(new URL('../../../../../cli/main.ts', import.meta.url))
  const watching = spawn(process.execPath, ['--import', 'tsx', main, 'counts', '--watch'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  watching.stdout.on('data', (chunk) => {
    seen += chunk
  })
  await waitFor(() => seen === 'first\t1\n', { within: 20_000 })
  await publish(1, 'second\t5\n')
  await publish(0, 'first\t\n')
  await waitFor(() => seen === 'first\t1\nsecond\t5\nfirst\tremoved\n', { within: 20_000 }).catch(() =>
    assert.equal(seen, 'first\t1\nsecond\t5\nfirst\tremoved\n'),
  )
  watching.kill('SIGINT')
  assert.deepEqual(await once(watching, 'exit'), [0, null])
})

test('reads only the end of the topic after the books were counted', async () => {
  const { env } = await user()
  const lines = Array.from({ length: 20_000 }, (_, i) => `book${i % 3}:line ${i}\n`).join('')
  await booksWithInput(env, lines, 'produce', 'books', '--key-separator', ':')
  await books(env, 'count', '--until-end')
  const counts = new PublishedCounts(readConfig(env))
  assert.deepEqual(
    [...(await counts.refresh())],
    [
      ['book0', 6_667],
      ['book1', 6_667],
      ['book2', 6_666],
    ],
  )
  assert.ok(counts.read <= 5_000, `${counts.read} updates were read`)
  counts.close()
})

test('prints counts of other producers, and all counts after the state topic was deleted', {
  skip: withoutKcat,
}, async () => {
  const { env, publish } = await user()
  await booksWithInput(env, 'a:1\na:2\nb:1\n', 'produce', 'books', '--key-separator', ':')
  await books(env, 'count', '--until-end')
  const partition = partitionOfKey(Buffer.from('a'), 5)
  await publish(partition, 'a\t7\n')
  const json = async () => (await books(env, 'counts', '--json')).stdout
  assert.equal(await json(), '{"book":"a","lines":7}\n{"book":"b","lines":1}\n')
  await books(env, 'topics', 'delete', 'book-count-state', '--yes')
  assert.equal(await json(), '{"book":"a","lines":7}\n{"book":"b","lines":1}\n')
})
