import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import { editionOf } from '../lib/line-header.ts'
import type { LocalConfig } from '../local/config.ts'
import { BookStates } from './book-states.ts'
import type { Terminal } from './terminal.ts'

const lookMs = 250
const standstillMs = 60_000

/**
 * Waits until each book is counted to the end in the edition that was uploaded, and shows how far that is.
 * @param etags of the objects by book
 * @throws PROCESS_FAILED when nothing has moved for a minute
 */
export async function awaitCounts(
  etags: ReadonlyMap<string, string>,
  config: LocalConfig,
  terminal: Terminal,
): Promise<void> {
  const books = new BookStates(config)
  const editions = [...etags].map(([book, etag]) => [book, editionOf(etag)] as const)
  let lines = -1
  let movedAt = performance.now()
  try {
    for (;;) {
      const states = await books.refresh()
      const counting = editions.flatMap(([book, edition]) => {
        const state = states.get(book)
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
    await books.close()
  }
}

function standstill(progress: string): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `Counting has not moved for ${standstillMs / 1000} s: ${progress}. Is "npm start" running, and what does its log say?`,
    { retryable: true },
  )
}
