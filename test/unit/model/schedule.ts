/**
 * Runs one random schedule. Books are put, overwritten, removed and put again. Their events arrive late, twice and out of
 * order. Their ingests run interleaved line by line, crash, lose records, time out, and are retried. At the end, all
 * pending work is completed.
 */
import type { Ingested, ingest } from '../../../books/ingest/ingest.ts'
import type { IngestPosition } from '../../../books/ingest/write-lines.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Random } from '../../harness/random.ts'
import { Actor } from './actor.ts'
import { bucketOf, type Content, ModelWriter, World } from './world.ts'

type Event = { readonly book: string; readonly from?: IngestPosition; readonly failures: number }
type Running = { readonly event: Event; readonly actor: Actor<Ingested>; readonly writer: ModelWriter }

const shelves = [['a'], ['a', 'b']]
const contents: readonly Content[] = [
  { etag: 'empty', lines: 0, text: true },
  { etag: 'one', lines: 1, text: true },
  { etag: 'two', lines: 2, text: true },
  { etag: 'three', lines: 3, text: true },
  { etag: 'five', lines: 5, text: true },
  { etag: 'other five', lines: 5, text: true },
  { etag: 'seven', lines: 7, text: true },
  { etag: 'rejected', lines: 2, text: false },
]
const rates = [0.1, 0.5]
const maxRunning = 4
/** Lambda's two retries of an asynchronous invocation, then the on-failure destination. */
const attempts = 3

export async function runSchedule(random: Random, ingestOne: typeof ingest): Promise<World> {
  const world = new World()
  const events: Event[] = []
  const running: Running[] = []
  const asleep: Running[] = []
  const books = random.of(shelves)
  const changeRate = random.of(rates)
  const startRate = random.of(rates)
  let changes = 2 + random.below(6)
  let faults = random.below(4)

  const change = () => {
    changes--
    const book = random.of(books)
    if (random.chance(0.15)) world.objects.delete(book)
    else world.objects.set(book, random.of(contents))
    for (let copies = random.chance(0.2) ? 2 : 1; copies > 0; copies--) events.push({ book, failures: 0 })
  }

  const start = async () => {
    const event = random.take(events)
    const actor = new Actor<Ingested>()
    const writer = new ModelWriter(world, event.book, actor.turn)
    const timeIsUp = () => faults > 0 && random.chance(0.1)
    const bucket = bucketOf(world, random, actor.turn)
    running.push({ event, actor, writer })
    await actor.start(() => ingestOne(event.book, { bucket, writer, timeIsUp }, event.from))
  }

  const fault = () => {
    faults--
    const chosen = random.of(running)
    if (random.chance(0.4)) return chosen.writer.lose(random)
    chosen.writer.crash(random)
    running.splice(running.indexOf(chosen), 1)
    events.push(chosen.event)
  }

  const finish = ({ event, actor, writer }: Running) => {
    writer.settle()
    const result = actor.result!
    if ('value' in result) {
      const { stopped } = result.value
      if (stopped === 'start') events.push({ book: event.book, failures: 0 })
      else if (stopped !== undefined) events.push({ book: event.book, from: stopped, failures: 0 })
      return
    }
    const { error } = result
    if (!(error instanceof AppError)) throw error
    if (error.retryable) events.push(event)
    else if (event.failures + 1 < attempts) events.push({ ...event, failures: event.failures + 1 })
  }

  const step = async () => {
    const chosen = random.of(running)
    if (random.chance(0.2)) return chosen.writer.deliver()
    await chosen.actor.step()
    if (chosen.actor.result === undefined) {
      if (random.chance(0.1)) asleep.push(...running.splice(running.indexOf(chosen), 1))
      return
    }
    running.splice(running.indexOf(chosen), 1)
    finish(chosen)
  }

  while (changes > 0 || events.length > 0 || running.length > 0 || asleep.length > 0) {
    if (changes > 0 && random.chance(changeRate)) change()
    else if (events.length > 0 && running.length + asleep.length < maxRunning && random.chance(startRate))
      await start()
    else if (faults > 0 && running.length > 0 && random.chance(0.05)) fault()
    else if (running.length > 0) await step()
    else if (asleep.length > 0) running.push(random.take(asleep))
  }
  return world
}
