import { setTimeout as delay } from 'node:timers/promises'
import { bookName } from '../lib/book-name.ts'
import { AppError } from '../lib/errors.ts'
import { editionOf } from '../lib/line-header.ts'
import { StateReader } from '../lib/state-reader.ts'
import type { LocalConfig } from '../local/config.ts'
import type { Terminal } from './terminal.ts'

const lookMs = 250
const standstillMs = 60_000

/**
 * Waits until each book is counted to the end in the edition that was uploaded, and shows how far that is.
 * @param etags of the objects by key
 * @throws PROCESS_FAILED when nothing has moved for a minute
 */
export async function awaitCounts(
  etags: ReadonlyMap<string, string>,
  config: LocalConfig,
  terminal: Terminal,
): Promise<void> {
  const reader = new StateReader(config)
  const editions = [...etags].map(([key, etag]) => [bookName(Buffer.from(key)), editionOf(etag)] as const)
  let lines = -1
  let movedAt = performance.now()
  try {
    for (;;) {
      const { books } = await reader.counts()
      const counting = editions.flatMap(([book, edition]) => {
        const state = books.get(book)
        return state?.edition === edition ? [state] : []
      })
      const counted = counting.filter(({ complete }) => complete).length
      const now = counting.reduce((sum, state) => sum + state.lines, 0)
      const progress = `${counted} of ${editions.length} books, ${now.toLocaleString('en')} lines`
      if (counted === editions.length) return terminal.tell(`Counted ${progress}.`)
      if (now !== lines) movedAt = performance.now()
      lines = now
      if (performance.now() - movedAt > standstillMs) throw standstill(progress)
      terminal.drawing?.draw(`Counting … ${progress}`)
      await delay(lookMs)
    }
  } finally {
    terminal.drawing?.clear()
    await reader.close()
  }
}

function standstill(progress: string): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `Counting has not moved for ${standstillMs / 1000} s: ${progress}. Is "npm start" running, and what does its log say?`,
    { retryable: true },
  )
}
