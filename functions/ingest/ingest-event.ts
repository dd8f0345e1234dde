import { type Ingested, ingest, isRejection } from '../../books/ingest/ingest.ts'
import type { Bucket } from '../../books/ingest/stored-book.ts'
import type { WarmProducer } from '../../books/ingest/warm-producer.ts'
import { lineHeaderName } from '../../books/line-header.ts'
import { throwAll } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Metrics, MetricValues } from '../../lib/metrics.ts'
import type { Task } from './tasks.ts'

export type EventIngesterOptions = {
  readonly bucketOf: (name: string) => Bucket
  readonly producer: WarmProducer
  readonly log: Log
  readonly metrics: Metrics
}

export type Invocation = {
  readonly timeIsUp: () => boolean
  readonly invokeLater: (task: Task) => Promise<void>
}

/** Limits books in parallel, although S3 sends one record per event. */
const concurrency = 4

export class EventIngester {
  readonly #options: EventIngesterOptions

  constructor(options: EventIngesterOptions) {
    this.#options = options
  }

  /**
   * Ingests each distinct object. No record is in flight when it resolves or rejects.
   * @throws errors of `ingest`; several become one error with the first code and all messages
   */
  async ingest(tasks: readonly Task[], invocation: Invocation): Promise<void> {
    const waiting = distinct(tasks).entries()
    const failures: unknown[] = []
    const worker = async () => {
      for (const [i, task] of waiting) {
        await this.#ingest(task, invocation).catch((error: unknown) => {
          failures[i] = error
          this.#options.metrics.put(isRejection(error) ? { BooksRefused: 1 } : { BooksFailed: 1 })
        })
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    await this.#options.producer.settle()
    throwAll(failures.filter((failure) => failure !== undefined))
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#options.producer.close()
  }

  async #ingest(task: Task, { timeIsUp, invokeLater }: Invocation): Promise<void> {
    const { bucketOf, producer, log, metrics } = this.#options
    if (timeIsUp()) return invokeLater(task)
    const { bucket, key, from } = task
    const begun = performance.now()
    const result = await producer.use((producer) => {
      const writer = producer.writer(Buffer.from(key), lineHeaderName)
      return ingest(key, { bucket: bucketOf(bucket), writer, timeIsUp }, from)
    })
    metrics.put(metricsOf(result, from?.line ?? 0))
    const { stopped, ...ingested } = result
    const about = { book: key, ...ingested, ms: Math.round(performance.now() - begun) }
    if (stopped === undefined) {
      log.info('Ingested', about)
    } else {
      const { from: _, ...fromStart } = task
      log.info(
        stopped === 'start'
          ? 'Ingesting the book again: it changed'
          : 'Continuing in another invocation: the timeout is near',
        about,
      )
      await invokeLater(stopped === 'start' ? fromStart : { ...fromStart, from: stopped })
    }
  }
}

/** @param before the lines of earlier invocations */
function metricsOf({ lines, stopped }: Ingested, before: number): MetricValues {
  const written = lines - before
  return { LinesIngested: written, ...(stopped === undefined ? { BooksIngested: 1 } : { BooksContinued: 1 }) }
}

function distinct(tasks: readonly Task[]): Task[] {
  return [...new Map(tasks.map((task) => [JSON.stringify([task.bucket, task.key]), task])).values()]
}
