import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import { StateReader } from '../../books/state-reader.ts'
import { Admin } from '../../kafka/admin.ts'
import { LogReader } from '../../kafka/consumer/log-reader.ts'
import { books as command } from './books.ts'
import { kafkaEvent, startService } from './event-source.ts'
import { inTime, setUp } from './ingest.ts'
import { readRecords } from './records.ts'
import { waitFor } from './wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const partitions = 3

/** Uploads books, ingests, delivers, counts and reads on the brokers at this address; fails unless all counts are exact. */
export async function wholePath(t: Parameters<typeof startService>[0], brokers: string): Promise<void> {
  const setup = await setUp()
  const environment = {
    BROKERS: brokers,
    USERID: setup.userid,
    PARTITIONS: String(partitions),
    BUCKET: setup.bucket,
  }
  const config = readConfig(environment)
  const cluster = openCluster(config)
  t.after(() => cluster.close())
  await ensureTopics(new Admin(cluster, 60_000), wantedTopics(config))
  const counts = new StateReader(cluster, config.topics)
  const ingester = setup.container({}, brokers)
  const ingest = async (book: string, lines: number) => {
    await setup.put(book, Array.from({ length: lines }, (_, i) => `line ${i} of ${book}\n`).join(''))
    await ingester.ingest(setup.tasks(book), inTime)
  }
  const untilCounted = (expected: Readonly<Record<string, number>>) =>
    waitFor(
      async () =>
        Object.fromEntries(
          [...(await counts.counts()).books.values()].map(({ name, lines }) => [name, lines]),
        ),
      {
        within: 180_000,
        every: 250,
        until: (found) => Object.entries(expected).every(([book, lines]) => found[book] === lines),
      },
    )

  await ingest('first.txt', 1_000)
  await startService(t, {
    serviceDir: root,
    functions: {
      count: {
        handler: 'functions/count/handler.handler',
        environment,
        timeout: 60,
        events: [kafkaEvent({ brokers, topic: config.topics.books }, { batchSize: 2_000 })],
      },
    },
  })
  await untilCounted({ 'first.txt': 1_000 })
  const books = { 'first.txt': 1_000, 'second.txt': 1, 'third.txt': 20_000 }
  await ingest('second.txt', books['second.txt'])
  await ingest('third.txt', books['third.txt'])
  await untilCounted(books)

  const reader = new LogReader(cluster, 'read_committed')
  const published = new Map<string, number[]>()
  for (let partition = 0; partition < partitions; partition++) {
    for (const { key, value } of await readRecords(reader, config.topics.bookCount, partition, 0)) {
      const book = String(key)
      published.set(book, [...(published.get(book) ?? []), Number(value)])
    }
  }
  for (const [book, lines] of Object.entries(books)) {
    const expected = Array.from({ length: lines }, (_, i) => i + 1)
    assert.deepEqual(published.get(book), expected, `${book}: none missing, none twice`)
  }
  const consumed = await command(environment, 'consume', 'books', '--from-beginning', '--until-end')
  assert.equal(consumed.stderr, '')
  assert.equal(
    consumed.stdout.split('\n').length - 1,
    Object.values(books).reduce((sum, n) => sum + n, 0),
  )
}
