import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { decodeTasks, encodeContinuation, type Task } from '../../../../functions/ingest/tasks.ts'
import { AppError } from '../../../../lib/errors.ts'
import { setUp } from '../../../harness/ingest.ts'
import { withoutKcat } from '../../../harness/kcat.ts'

const lines = Array.from(
  { length: 20_000 },
  (_, number) => `line ${number} of a book that is too long for one go`,
)

const books = [
  { key: 'book.txt', bytes: Buffer.from(lines.join('\r\n')) },
  { key: 'book.txt.gz', bytes: gzipSync(lines.join('\n')) },
]

describe('ingest of a book that takes longer than the function’s timeout', { skip: withoutKcat }, () => {
  for (const { key, bytes } of books) {
    it(`continues after the last written line until each line is written once: ${key}`, async () => {
      const setup = await setUp()
      await setup.put(key, bytes)
      const invocations = await ingestInSteps(setup, setup.tasks(key)[0]!)
      const records = (await setup.recordsByBook()).get(key)!
      const edition = records[0]!.headers.slice(0, 'line=AbCdEfGh'.length)
      assert.deepEqual(
        records.map(({ value }) => String(value)),
        lines,
      )
      assert.deepEqual(
        records.map(({ headers }) => headers),
        lines.map((_, i) => `${edition}:${i + 1}${i + 1 === lines.length ? ':end' : ''}`),
      )
      assert.ok(invocations > 3, String(invocations))
    })
  }

  it('restarts with the new edition when the book is replaced between two invocations', async () => {
    const setup = await setUp()
    await setup.put('book', lines.join('\n'))
    await ingestInSteps(setup, setup.tasks('book')[0]!, async (invocation) => {
      if (invocation === 2) await setup.put('book', 'short')
    })
    const last = (await setup.recordsByBook()).get('book')!.at(-1)!
    assert.equal(String(last.value), 'short')
    assert.match(last.headers, /:1:end$/)
  })
})

/**
 * Runs invocations, each in a new container, until no task is left. The time is up after one chunk, or after more if one
 * is too short to decompress the written part again.
 */
async function ingestInSteps(
  setup: Awaited<ReturnType<typeof setUp>>,
  task: Task,
  before: (invocation: number) => Promise<void> = async () => {},
): Promise<number> {
  let invocations = 0
  let chunks = 1
  let waiting: readonly Task[] = [task]
  while (waiting.length > 0) {
    const [next] = waiting
    waiting = []
    await before(++invocations)
    let calls = 0
    const ingester = setup.container()
    const invocation = {
      timeIsUp: () => calls++ >= chunks,
      invokeLater: async (rest: Task) => {
        waiting = decodeTasks(JSON.parse(encodeContinuation(rest)))
      },
    }
    await ingester.ingest([next!], invocation).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'NOT_CONTINUED')) throw error
      chunks *= 2
      waiting = [next!]
    })
    await ingester.close()
  }
  return invocations
}
