import { setTimeout as delay } from 'node:timers/promises'
import { bookName } from '../../books/book-name.ts'
import { openCluster } from '../../books/cluster.ts'
import type { CountedBook } from '../../books/counted-book.ts'
import { editionOf } from '../../books/line-header.ts'
import { StateReader } from '../../books/state-reader.ts'
import { AppError } from '../../lib/errors.ts'
import type { LocalConfig } from '../../local/settings/config.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countedBooks } from './counted-books.ts'
import type { FailureWatch } from './failed-editions.ts'

const pollMs = 250
const failuresEveryMs = 1_000
const standstillMs = 60_000

export type UploadOutcome = { readonly lines: number } | { readonly error: string }

type Watched = {
  readonly failures?: FailureWatch | undefined
  /** Called once, before any error about failed books. */
  readonly onEnd?: (outcomes: ReadonlyMap<string, UploadOutcome>) => void
}

/**
 * Waits until each uploaded edition is counted completely or has failed.
 * @param etags by key
 * @throws PROCESS_FAILED when books failed, or after a minute without progress
 */
export async function awaitCounts(
  etags: ReadonlyMap<string, string>,
  config: LocalConfig,
  terminal: Terminal,
  { failures, onEnd }: Watched = {},
): Promise<void> {
  const cluster = openCluster(config)
  const reader = new StateReader(cluster, config.topics)
  const waiting = new PendingUploads(etags)
  let movedAt = performance.now()
  let failuresReadAt = Number.NEGATIVE_INFINITY
  try {
    for (;;) {
      if (waiting.take(await countedBooks(reader))) movedAt = performance.now()
      if (failures && performance.now() - failuresReadAt >= failuresEveryMs) {
        for (const { key, reason } of await failures(etags)) {
          waiting.fail(key, reason)
          terminal.info(`"${key}" was not counted: ${reason}`)
        }
        failuresReadAt = performance.now()
      }
      if (waiting.isOver) break
      if (performance.now() - movedAt > standstillMs) throw noProgress(waiting.progress)
      terminal.drawing?.draw(`Counting … ${waiting.progress}`)
      await delay(pollMs)
    }
    terminal.info(`Counted ${waiting.progress}.`)
    onEnd?.(waiting.outcomes)
    if (waiting.failed > 0)
      throw new AppError('PROCESS_FAILED', `${waiting.failed} of ${etags.size} uploads failed.`)
  } finally {
    terminal.drawing?.clear()
    cluster.close()
  }
}

export class PendingUploads {
  readonly #editions: readonly { readonly key: string; readonly book: string; readonly edition: string }[]
  readonly #failed = new Map<string, string>()
  readonly #counted = new Map<string, number>()
  #lines = 0
  #linesOfAll = -1

  constructor(etags: ReadonlyMap<string, string>) {
    this.#editions = [...etags].map(([key, etag]) => ({
      key,
      book: bookName(Buffer.from(key)),
      edition: editionOf(etag),
    }))
  }

  get failed(): number {
    return this.#failed.size
  }

  get isOver(): boolean {
    return this.#counted.size + this.#failed.size >= this.#editions.length
  }

  get progress(): string {
    return `${this.#counted.size} of ${this.#editions.length} books, ${this.#lines.toLocaleString('en')} lines`
  }

  get outcomes(): ReadonlyMap<string, UploadOutcome> {
    const outcomes = new Map<string, UploadOutcome>()
    for (const [key, lines] of this.#counted) outcomes.set(key, { lines })
    for (const [key, error] of this.#failed) outcomes.set(key, { error })
    return outcomes
  }

  /** @returns whether any count has changed: lines of other books can precede those of the uploads */
  take(books: ReadonlyMap<string, CountedBook>): boolean {
    const counting = this.#editions.flatMap(({ key, book, edition }) => {
      const state = books.get(book)
      if (state?.edition !== edition) return []
      if (state.complete) this.#failed.delete(key)
      return [{ key, ...state }]
    })
    const linesOf = (states: Iterable<{ readonly lines: number }>) =>
      [...states].reduce((sum, { lines }) => sum + lines, 0)
    const linesOfAll = linesOf(books.values())
    const hasMoved = linesOfAll !== this.#linesOfAll
    this.#linesOfAll = linesOfAll
    this.#lines = linesOf(counting)
    this.#counted.clear()
    for (const { key, lines, complete } of counting) if (complete) this.#counted.set(key, lines)
    return hasMoved
  }

  fail(key: string, reason: string): void {
    this.#failed.set(key, reason)
  }
}

function noProgress(progress: string): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `Counting made no progress for ${standstillMs / 1000} s: ${progress}. Check that "npm start" is running, and read its logs.`,
    { retryable: true },
  )
}
